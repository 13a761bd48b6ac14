//! How long is waited for GitHub, and when.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// How long is waited for GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// One request, from the first byte out to the last byte in.
    pub request: Duration,
    /// The pauses before a lost request is sent again; their number is the
    /// number of repetitions. Up to a quarter is added at random.
    pub pauses: Vec<Duration>,
    /// What all waits for GitHub's rate limits may take together.
    pub budget: Duration,
    /// The first wait after a secondary limit that names no time; GitHub asks
    /// for a minute at least, and for more each time.
    pub secondary: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(30),
            pauses: [1, 2, 4].map(Duration::from_secs).into(),
            budget: Duration::from_mins(5),
            secondary: Duration::from_mins(1),
        }
    }
}

/// The pause with up to a quarter added, so that runs that failed together do
/// not come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    // The keys of the standard library's hasher are the randomness at hand.
    let random = RandomState::new().hash_one(0) % 1024;
    pause + pause / 4096 * u32::try_from(random).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_quarter_is_added() {
        let pause = Duration::from_secs(4);
        for _ in 0..100 {
            let jittered = jittered(pause);
            assert!(jittered >= pause && jittered <= pause * 5 / 4, "{jittered:?}");
        }
    }
}
