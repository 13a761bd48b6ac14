//! A range and a version, a line each: nothing panics, and what lies in the
//! range as a pre-release does so only where the range admits them.
#![no_main]

use flux_image_updates::policy::{Range, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (range, version) = text.split_once('\n').unwrap_or((text, "1.2.3"));
    match Range::parse(range) {
        Ok(range) => {
            if let Ok(version) = Version::parse(version)
                && range.contains(&version)
            {
                assert!(!version.is_pre_release() || range.admits_pre_releases());
            }
        }
        Err(error) => assert!(error.at <= range.len(), "{error}"),
    }
});
