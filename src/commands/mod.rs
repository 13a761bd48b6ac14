//! What each verb does: the same stages with another ending.

mod propose;
mod run;

pub use run::run;
