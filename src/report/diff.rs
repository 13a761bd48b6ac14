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
            let text = escape_keeping_cr(ended.unwrap_or(text));
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

/// A carriage return at a line's end belongs to the file, and to its patch.
fn escape_keeping_cr(text: &str) -> String {
    match text.strip_suffix('\r') {
        Some(text) => format!("{}\r", escape_tabs_kept(text)),
        None => escape_tabs_kept(text),
    }
}

/// A diff's lines begin with a sign, so no workflow command can start there;
/// what is left are terminals.
fn escape_tabs_kept(text: &str) -> String {
    let parts: Vec<String> = text.split('\t').map(|part| {
        part.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
    }).collect();
    parts.join("\t")
}
