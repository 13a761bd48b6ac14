//! How far the registries are, in numbers that a terminal can draw.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counters over all registries.
#[derive(Debug, Default)]
pub struct Progress {
    requests: AtomicUsize,
    retries: AtomicUsize,
    scans: AtomicUsize,
    tags: AtomicUsize,
    digests: AtomicUsize,
}

impl Progress {
    /// Requests sent, retries and tokens included.
    pub fn requests(&self) -> usize {
        self.requests.load(Relaxed)
    }

    /// Requests that were sent again.
    pub fn retries(&self) -> usize {
        self.retries.load(Relaxed)
    }

    /// Repositories that were read to the end.
    pub fn scans(&self) -> usize {
        self.scans.load(Relaxed)
    }

    /// Tags found in them.
    pub fn tags(&self) -> usize {
        self.tags.load(Relaxed)
    }

    /// Digests fetched.
    pub fn digests(&self) -> usize {
        self.digests.load(Relaxed)
    }

    pub(super) fn asked(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(super) fn scanned(&self, tags: usize) {
        self.scans.fetch_add(1, Relaxed);
        self.tags.fetch_add(tags, Relaxed);
    }

    pub(super) fn pinned(&self) {
        self.digests.fetch_add(1, Relaxed);
    }
}
