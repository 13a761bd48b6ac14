//! The record of a run as text: the only room that prints.

mod annotations;
mod diff;
mod document;
pub mod escape;
mod fate;
mod markdown;
mod outputs;
mod paint;
mod problems;
mod table;
mod text;
mod why;

pub use annotations::annotations;
pub use diff::diff;
pub use document::{Document, document, failed};
pub use markdown::{branches_page, failure, pull_requests, summary};
pub use outputs::{output_file, outputs, outputs_of_failure};
pub use paint::Paint;
pub use problems::{problem, problems};
pub use text::{branches, text};
