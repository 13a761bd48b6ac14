//! The test bed: real servers on loopback. Shared with the demo.

pub mod docker_registry;
pub mod git;
pub mod github;
pub mod registry;
