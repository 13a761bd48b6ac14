//! A moment at which a server stops answering, so that the program can be
//! killed there.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the requests of the servers that share it, and holds some of them.
#[derive(Debug)]
pub struct Halt {
    /// Which requests are held; the first is 1.
    at: Vec<usize>,
    /// Whether it is carried out first.
    done: bool,
    seen: AtomicUsize,
    reached: Notify,
    released: Notify,
}

impl Halt {
    /// Only counts.
    pub fn counting() -> Self {
        Self::each(&[], false)
    }

    /// Holds the request of this number, before or after it is carried out.
    pub fn at(at: usize, done: bool) -> Self {
        Self::each(&[at], done)
    }

    /// The same with several requests, one after the other.
    pub fn each(at: &[usize], done: bool) -> Self {
        Self {
            at: at.to_vec(),
            done,
            seen: AtomicUsize::new(0),
            reached: Notify::new(),
            released: Notify::new(),
        }
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    /// Waits until the request is held.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the held request go on.
    pub fn release(&self) {
        self.released.notify_one();
    }

    /// A request comes in; gives its number.
    pub async fn enter(&self) -> usize {
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        self.hold(number, false).await;
        number
    }

    /// A request was carried out, and is not answered yet.
    pub async fn leave(&self, number: usize) {
        self.hold(number, true).await;
    }

    async fn hold(&self, number: usize, done: bool) {
        if self.at.contains(&number) && done == self.done {
            self.reached.notify_one();
            self.released.notified().await;
        }
    }
}
