//! The edits as a unified diff.

use std::fmt::Write as _;

use super::{Paint, escape};
use crate::pipeline::Outcome;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The edits of all branches, in the form that `git apply` takes.
pub fn diff(outcome: &Outcome, paint: Paint) -> String {
    let mut out = String::new();
    for branch in &outcome.wanted.branches {
        let base = &branch.proposal.base.commit;
        let Some(tree) = outcome.found.trees.get(base) else { continue };
        for (path, new) in branch.proposal.files() {
            if let Some(marked) = tree.get(path) {
                file(&mut out, path.as_str(), &marked.file.bytes, new, paint);
            }
        }
    }
    out
}

/// One file. Edits touch values only, and a value is at most a few lines: the
/// lines that differ are found from both ends of each run.
fn file(out: &mut String, path: &str, old: &[u8], new: &[u8], paint: Paint) {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let path = escape::line(path);
    let _infallible = writeln!(out, "{}", paint.bold(&format!("--- a/{path}")));
    let _infallible = writeln!(out, "{}", paint.bold(&format!("+++ b/{path}")));
    let diff = similar::TextDiff::from_lines(old.as_ref(), new.as_ref());
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _infallible = writeln!(out, "{}", paint.blue(&hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let text = change.value();
            let ended = text.strip_suffix('\n');
            let text = shown(ended.unwrap_or(text));
            let line = match change.tag() {
                similar::ChangeTag::Equal => format!(" {text}"),
                similar::ChangeTag::Delete => paint.red(&format!("-{text}")),
                similar::ChangeTag::Insert => paint.green(&format!("+{text}")),
            };
            out.push_str(&line);
            out.push('\n');
            if ended.is_none() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
}

/// A line of a file behind its sign. A blank sign is no protection: a runner
/// reads commands behind blanks. A carriage return at the end belongs to the
/// file, and to its patch; tabs do, too.
fn shown(text: &str) -> String {
    let (text, end) = match text.strip_suffix('\r') {
        Some(text) => (text, "\r"),
        None => (text, ""),
    };
    let parts: Vec<String> = text.split('\t').map(escape::line).collect();
    format!("{}{end}", parts.join("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_diff_is_a_command() {
        let old = b"a: |\n  ::error::x ##[error]y\nb: 1 # m\nc: \x1b[2J\r\n";
        let new = b"a: |\n  ::error::x ##[error]y\nb: 2 # m\nc: \x1b[2J\r\n";
        let mut out = String::new();
        file(&mut out, "x.yaml", old, new, Paint::PLAIN);
        assert!(out.lines().all(|line| !line.trim_start().starts_with("::")), "{out}");
        assert!(!out.contains("##[") && !out.contains('\u{1b}'), "{out}");
        assert!(out.contains("\n-b: 1 # m\n+b: 2 # m\n"), "{out}");
    }
}
