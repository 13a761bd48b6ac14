//! Finding markers survives any bytes, and every span is the value it says.
#![no_main]

use flux_image_updates::{
    setters,
    tree::{RepoPath, SourceFile},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = SourceFile { path: RepoPath::clamped("a.yaml"), bytes: bytes.into() };
    for marker in setters::find(&file).markers {
        let value = std::str::from_utf8(&bytes[marker.span.clone()]).unwrap();
        assert!(!value.is_empty());
        assert_eq!(setters::MarkerRef::parse(&marker.text).unwrap().part, marker.part);
    }
});
