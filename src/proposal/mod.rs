//! What is proposed, and what has to happen for it.

mod pull_request;

pub use pull_request::{PullRequest, State};
