//! How many requests one host bears at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The permits of a host at first.
const FIRST: usize = 8;

/// How many answers in a row earn a permit back.
const EARN: usize = 20;

/// A host's permits: halved when it wants fewer requests, earned back slowly.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    inside: usize,
    good: usize,
}

/// One request's place at its host.
#[derive(Debug)]
pub(super) struct Place<'a>(&'a Gate);

impl Gate {
    pub(super) fn new() -> Self {
        let state = State { limit: FIRST, inside: 0, good: 0 };
        Self { state: Mutex::new(state), freed: Notify::new() }
    }

    /// Waits for a place.
    pub(super) async fn enter(&self) -> Place<'_> {
        loop {
            // Made before looking: it hears of every place freed from here on.
            let freed = self.freed.notified();
            {
                let mut state = self.state();
                if state.inside < state.limit {
                    state.inside += 1;
                    return Place(self);
                }
            }
            freed.await;
        }
    }

    /// The host wants fewer requests.
    pub(super) fn halve(&self) {
        let mut state = self.state();
        state.limit = (state.limit / 2).max(1);
        state.good = 0;
    }

    /// The host says how many it still admits.
    pub(super) fn shrink_to(&self, limit: usize) {
        let mut state = self.state();
        state.limit = state.limit.min(limit.max(1));
    }

    /// The host answered well.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.good += 1;
        if state.good >= EARN && state.limit < FIRST {
            state.good = 0;
            state.limit += 1;
            drop(state);
            self.freed.notify_waiters();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().inside -= 1;
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_gate_closes_and_opens() {
        let gate = Gate::new();
        let mut places = Vec::new();
        for _ in 0..FIRST {
            places.push(gate.enter().await);
        }
        let full = tokio::time::timeout(std::time::Duration::from_millis(20), gate.enter()).await;
        assert!(full.is_err());
        gate.halve();
        places.truncate(4);
        let (place, ()) = tokio::join!(gate.enter(), async {
            tokio::task::yield_now().await;
            places.pop();
        });
        drop(place);
        drop(places);
        for _ in 0..EARN {
            gate.answered();
        }
        assert_eq!(gate.state().limit, 5);
        gate.shrink_to(0);
        assert_eq!((gate.state().limit, gate.state().inside), (1, 0));
    }
}
