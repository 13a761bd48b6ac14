//! What was typed, and what is meant by it.
//!
//! [`Args`] is as close to the command line as can be; [`Settings`] is what
//! the rest of the program works with. Only this room reads the environment.

mod args;
mod duration;
mod environment;
mod event;
mod inputs;
mod log;
mod rooms;
mod settings;

pub use args::{
    Args, AutoMerge, Color, Command, CommitMode, FailOn, ForeignCommits, Idle, LogFormat, Options,
    Output, PlanOptions,
};
pub use environment::Environment;
pub use event::{EventKind, Pushed};
pub use inputs::{INPUT_PREFIX, parse};
pub use log::start_log;
pub use settings::{Control, Limits, Settings, UsageError, Words};
