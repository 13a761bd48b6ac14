//! `semver`.
use crate::template::functions::Function;
pub(in crate::template) static METHODS: &[(&str, Function)] = &[];
