//! An update changes the marked values and no other byte, and a second one
//! finds nothing left to do.
#![no_main]

use flux_image_updates::{
    oci::{ImageRef, Tag},
    setters::{self, Marker},
    tree::{RepoPath, SourceFile},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let image =
        ImageRef { name: "ghcr.io/org/app".to_owned(), tag: Tag::new("1.20").unwrap(), digest: None };
    let latest = |_: &Marker| Some(&image);
    let file = SourceFile { path: RepoPath::clamped("a.yaml"), bytes: bytes.into() };
    let before = setters::find(&file).markers;
    let Some(change) = setters::update(&file, &before, &latest) else { return };
    let file = SourceFile { bytes: change.bytes, ..file };
    let after = setters::find(&file).markers;
    assert_eq!(before.len(), after.len());
    if before.iter().all(|marker| !marker.style.is_block()) {
        assert_eq!(around(bytes, &before), around(&file.bytes, &after));
    }
    for marker in &after {
        assert_eq!(marker.value, marker.part.of(&image));
    }
    assert_eq!(setters::update(&file, &after, &latest), None);
});

/// What is left when the marked values are cut out.
fn around(bytes: &[u8], markers: &[Marker]) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut done = 0;
    for marker in markers {
        rest.extend_from_slice(&bytes[done..marker.span.start]);
        done = marker.span.end;
    }
    rest.extend_from_slice(&bytes[done..]);
    rest
}
