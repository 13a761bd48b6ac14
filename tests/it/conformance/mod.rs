//! The recorded cases of Flux's real code, from `tests/conformance/`.
//!
//! `cargo test conformance` runs exactly these. Files are read at run time, so
//! others of the same format can be dropped in.

mod oci;
mod policy;
mod setters;
mod templates;

/// The cases of one file.
pub(crate) fn load(file: &str) -> serde_json::Value {
    let path = format!("{}/tests/conformance/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}
