//! Flux's image automation without a cluster.
//!
//! The map of the house is ARCHITECTURE.md.

// Core: decides, and touches nothing.
pub mod diagnostic;
pub mod flux;
pub mod foreign;
pub mod oci;
pub mod policy;
pub mod proposal;
pub mod setters;
pub mod template;
pub mod tree;
pub mod yaml;

// Shell: speaks to the world.
pub mod credentials;
pub mod git;
pub mod github;
pub mod http;
pub mod registry;
pub mod report;
pub mod signing;

pub mod cli;
pub mod commands;
pub mod pipeline;
