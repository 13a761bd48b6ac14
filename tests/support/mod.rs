//! The test bed: real servers on loopback. Shared with the demo.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

pub mod docker_registry;
pub mod git;
pub mod github;
pub mod halt;
pub mod registry;
pub mod world;

/// The digest of some content, as registries write it.
pub fn digest(content: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(content) {
        write!(text, "{byte:02x}").expect("text takes all");
    }
    text
}
