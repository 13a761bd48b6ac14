//! The integration tests: one binary, one module a room.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, unreachable_pub, dead_code)]

#[path = "../support/mod.rs"]
mod support;

mod action;
mod architecture;
mod automations;
mod clusters;
mod conformance;
mod elsewhere;
mod git;
mod github;
mod keeping;
mod licences;
mod life;
mod program;
mod promises;
mod reading;
mod readme;
mod recipes;
mod reference;
mod registry;
mod signatures;
mod story;
