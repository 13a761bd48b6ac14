//! The record of a run as text: the only room that prints.

mod annotations;
pub mod escape;
mod paint;
mod problems;
mod table;

pub use annotations::annotations;
pub use paint::Paint;
pub use problems::{problem, problems};
