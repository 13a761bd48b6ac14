//! Whether two versions of a file differ in nothing but marked values.

use super::find;
use crate::tree::SourceFile;

/// True when both have the same markers in the same order, and every byte
/// outside their values is equal: what an update could have made.
pub fn only_values_differ(old: &SourceFile, new: &SourceFile) -> bool {
    let (a, b) = (find(old).markers, find(new).markers);
    if a.len() != b.len() || a.iter().zip(&b).any(|(a, b)| a.text != b.text) {
        return false;
    }
    let (mut from_a, mut from_b) = (0, 0);
    for (a, b) in a.iter().zip(&b) {
        let before_a = old.bytes.get(from_a..a.span.start);
        if before_a.is_none() || before_a != new.bytes.get(from_b..b.span.start) {
            return false;
        }
        (from_a, from_b) = (a.span.end, b.span.end);
    }
    old.bytes.get(from_a..) == new.bytes.get(from_b..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::RepoPath;

    #[test]
    fn values_may_differ_and_nothing_else() {
        let file = |text: &str| SourceFile {
            path: RepoPath::clamped("a.yaml"),
            bytes: text.as_bytes().into(),
        };
        let marker = "# {\"$imagepolicy\": \"flux-system:a:tag\"}";
        let old = format!("a: v1 {marker}\nb: 1\n");
        for (shows, new, same) in [
            ("a value", format!("a: v2 {marker}\nb: 1\n"), true),
            ("its quotes", format!("a: \"2\" {marker}\nb: 1\n"), true),
            ("nothing", old.clone(), true),
            ("another line", format!("a: v2 {marker}\nb: 2\n"), false),
            ("a comment", format!("a: v2  {marker}\nb: 1\n"), false),
            ("the marker", "a: v2 # {\"$imagepolicy\": \"flux-system:b:tag\"}\nb: 1\n".to_owned(), false),
            ("the marker is gone", "a: v2\nb: 1\n".to_owned(), false),
        ] {
            assert_eq!(only_values_differ(&file(&old), &file(&new)), same, "{shows}");
        }
    }
}
