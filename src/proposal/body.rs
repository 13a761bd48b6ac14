//! The title and the body of the pull request.
//!
//! The body is a function of what was decided: no clock times, and none of a
//! run's failures, so that a registry's outage writes nothing.

use std::fmt::Write as _;

use super::{
    Marker, Metadata, PolicyUpdate, Row, Step,
    markdown::{code_span, sentence},
    refusing::{Refusing, list},
    row::rows,
};
use crate::oci::ImageRef;

/// GitHub refuses bodies of more than 65,536 characters; the rest is left for
/// what people add.
const MAX_BODY: usize = 60_000;
/// GitHub's own limit, for what a person has written.
const MAX_KEPT: usize = 65_536;
/// GitHub refuses titles of more than 256 characters.
const MAX_TITLE: usize = 240;

/// Something beside the updates that a reviewer wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A higher version exists that the policy keeps out.
    HeldBack {
        /// The policy, `namespace/name`.
        policy: String,
        /// The higher tag.
        tag: String,
        /// Why it is out.
        reason: String,
    },
    /// A reviewer has left this version out.
    LeftOut {
        /// The policy, `namespace/name`.
        policy: String,
        /// What was elected and is not proposed.
        latest: ImageRef,
    },
    /// The policy, or its repository, is suspended.
    Suspended {
        /// The policy, `namespace/name`.
        policy: String,
    },
}

/// A body whose marker is not fixed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    automations: Vec<String>,
    shown: String,
    /// What holds are read from.
    values: String,
}

impl Body {
    /// The body under a given title, whose fingerprint stands in the marker
    /// beside those of the metadata once it is given.
    pub fn text(&self, title: &str, given: Option<&Metadata>) -> String {
        self.with_marker(Marker {
            title: Marker::fingerprint(title),
            metadata: given.cloned(),
            ..Marker::default()
        })
    }

    /// The same for a pull request that is closed by us. Of one that a person
    /// opened, which bears no marker, `open` stays below it.
    pub fn closed(&self, reason: &str, open: &str) -> String {
        let marker = Marker { closed: Some(reason.to_owned()), ..Marker::default() };
        if Marker::read(open).is_some() {
            return self.with_marker(marker);
        }
        let line = self.marked(marker).line();
        let room = MAX_KEPT.saturating_sub(line.chars().count() + 1);
        format!("{line}\n{}", cut(open, room))
    }

    /// A body of the user's own making (`--body`), under our marker; the values
    /// stay, since holds are read from them.
    #[must_use]
    pub fn replaced(self, text: &str) -> Self {
        let room = MAX_BODY.saturating_sub(self.values.chars().count() + 1);
        Self { shown: format!("{}\n", cut(text.trim_end(), room)), ..self }
    }

    fn with_marker(&self, marker: Marker) -> String {
        format!("{}\n{}{}", self.marked(marker).line(), self.shown, self.values)
    }

    fn marked(&self, marker: Marker) -> Marker {
        Marker { automations: self.automations.clone(), ..marker }
    }
}

/// The body for these updates.
pub fn body(automations: Vec<String>, updates: &[PolicyUpdate], notes: &[Note]) -> Body {
    made(automations, updates, notes, Refusing::Ticking)
}

/// The body for what a branch changes that something else pushed.
pub fn body_of_pushed(automations: Vec<String>, updates: &[PolicyUpdate]) -> Body {
    made(automations, updates, &[], Refusing::Closing)
}

fn made(
    automations: Vec<String>,
    updates: &[PolicyUpdate],
    notes: &[Note],
    refusing: Refusing,
) -> Body {
    let rows = rows(updates);
    let mut shown = String::new();
    table(&mut shown, &rows);
    warnings(&mut shown, &rows);
    digests(&mut shown, &rows);
    held_back(&mut shown, notes);
    let mut values = String::new();
    list(&mut values, &rows, notes, refusing);
    // The list carries the holds: what is cut is what people read, not them.
    let room = MAX_BODY.saturating_sub(values.chars().count());
    Body { automations, shown: cut(&shown, room), values }
}

fn table(out: &mut String, rows: &[Row<'_>]) {
    if rows.is_empty() {
        out.push_str("Nothing is left to update.\n");
        return;
    }
    out.push_str("| Image | From | To | Step | Files |\n| --- | --- | --- | --- | --- |\n");
    for row in rows {
        let from: Vec<String> = row.from().iter().map(|from| code_span(from)).collect();
        let step = match row.step {
            Step::Major => "**major**".to_owned(),
            Step::Downgrade => "**downgrade**".to_owned(),
            step => step.to_string(),
        };
        let files: Vec<String> =
            row.files.iter().map(|(file, _)| code_span(file.as_str())).collect();
        let _infallible = writeln!(
            out,
            "| {} | {} | {} | {step} | {} |",
            linked(&row.latest().name),
            from.join(", "),
            code_span(&row.latest().short()),
            files.join("<br>"),
        );
    }
}

/// What would surprise a reviewer who only looks at tags.
fn warnings(out: &mut String, rows: &[Row<'_>]) {
    for row in rows.iter().filter(|row| !row.old_names.is_empty()) {
        let names: Vec<String> = row.old_names.iter().map(|name| code_span(name)).collect();
        let _infallible = write!(
            out,
            "\n> [!WARNING]\n> {} takes the place of {}: the image comes from elsewhere than before.\n",
            code_span(&row.latest().name),
            names.join(", "),
        );
    }
}

/// The digests whole, since the table shows twelve digits.
fn digests(out: &mut String, rows: &[Row<'_>]) {
    let pinned: Vec<_> = rows.iter().filter(|row| row.latest().digest.is_some()).collect();
    if pinned.is_empty() {
        return;
    }
    out.push_str(
        "\n<details><summary>Digests</summary>\n\n| Image | From | To |\n| --- | --- | --- |\n",
    );
    for row in pinned {
        let latest = row.latest();
        let from: Vec<String> = row.old_digests.iter().map(|digest| code_span(digest)).collect();
        let _infallible = writeln!(
            out,
            "| {} | {} | {} |",
            code_span(&format!("{}:{}", latest.name, latest.tag)),
            if from.is_empty() { "none".to_owned() } else { from.join(", ") },
            latest.digest.as_ref().map(|digest| code_span(digest.as_str())).unwrap_or_default(),
        );
    }
    out.push_str("\n</details>\n");
}

fn held_back(out: &mut String, notes: &[Note]) {
    let mut lines = Vec::new();
    for note in notes {
        match note {
            Note::HeldBack { policy, tag, reason } => lines.push(format!(
                "- {} is kept out of {}: it {}",
                code_span(tag),
                code_span(policy),
                sentence(reason)
            )),
            Note::Suspended { policy } => {
                lines.push(format!("- {} is suspended", code_span(policy)));
            }
            Note::LeftOut { .. } => {}
        }
    }
    if !lines.is_empty() {
        let _infallible = write!(out, "\n### Held back\n{}\n", lines.join("\n"));
    }
}

/// `Update <image> to <tag>` for one image, else the number of images.
pub fn default_title(updates: &[PolicyUpdate]) -> String {
    let rows = rows(updates);
    let mut names: Vec<&str> = rows.iter().map(|row| row.latest().name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let title = match (&rows[..], &names[..]) {
        ([row], _) => {
            let latest = row.latest();
            match &latest.digest {
                Some(digest) if row.is_digest_only() => {
                    format!("Update {}:{} to {}", latest.name, latest.tag, digest.short())
                }
                _ => format!("Update {} to {}", latest.name, latest.tag),
            }
        }
        // Several policies, one image, one tag: still one sentence.
        ([first, rest @ ..], [name])
            if rest.iter().all(|row| row.latest().tag == first.latest().tag) =>
        {
            format!("Update {name} to {}", first.latest().tag)
        }
        (_, names) => format!(
            "Update {} container image{}",
            names.len(),
            if names.len() == 1 { "" } else { "s" }
        ),
    };
    short_title(&title)
}

/// The first line of a text, cut to what GitHub takes as a title.
pub fn short_title(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim_end();
    if line.chars().count() <= MAX_TITLE {
        return line.to_owned();
    }
    let cut: String = line.chars().take(MAX_TITLE - 1).collect();
    format!("{cut}…")
}

/// The text, cut at a line's end with a word about it.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    let mut open_details = false;
    let mut left = text.lines().count();
    for line in text.lines() {
        used += line.chars().count() + 1;
        if used + 200 > room {
            break;
        }
        open_details = line.starts_with("<details>") || (open_details && line != "</details>");
        kept.push_str(line);
        kept.push('\n');
        left -= 1;
    }
    if open_details {
        kept.push_str("\n</details>\n");
    }
    let _infallible =
        write!(kept, "\n… {left} more lines are left out: GitHub takes no longer body.\n");
    kept
}

/// The image, linked to the page of its registry where the address follows
/// from the name alone.
fn linked(name: &str) -> String {
    let span = code_span(name);
    match page(name) {
        Some(page) => format!("[{span}]({page})"),
        None => span,
    }
}

fn page(name: &str) -> Option<String> {
    let safe = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_-".contains(&b));
    if !safe {
        return None;
    }
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains('.') => (host, path),
        _ => ("docker.io", name),
    };
    match host {
        "ghcr.io" => Some(format!("https://ghcr.io/{path}")),
        "quay.io" => Some(format!("https://quay.io/repository/{path}")),
        "docker.io" | "index.docker.io" => Some(match path.strip_prefix("library/") {
            Some(official) => format!("https://hub.docker.com/_/{official}"),
            None if path.contains('/') => format!("https://hub.docker.com/r/{path}"),
            None => format!("https://hub.docker.com/_/{path}"),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        flux::NamespacedName,
        oci::Tag,
        proposal::{Hold, Holds, PullRequest, State, held_value},
        tree::CommitId,
    };

    #[test]
    fn hundreds_of_images_fit_and_refusals_are_remembered() {
        let image = |name: String| ImageRef {
            name: format!("registry.example.com/{}/{name}", "team".repeat(10)),
            tag: Tag::new(&"1".repeat(100)).unwrap(),
            digest: None,
        };
        let updates: Vec<PolicyUpdate> = (0..800)
            .map(|at| PolicyUpdate {
                policy: NamespacedName::new("flux-system", format!("p{at:03}")),
                latest: image(format!("p{at:03}")),
                downgrade: false,
                changes: Vec::new(),
            })
            .collect();
        let refused = image("zzz".to_owned());
        let value = held_value(&refused);
        let notes = [Note::LeftOut { policy: "flux-system/zzz".to_owned(), latest: refused }];
        let body = body(vec!["flux-system/apps".to_owned()], &updates, &notes);
        let replaced = body.clone().replaced(&"word\n".repeat(20_000));
        for body in [body, replaced] {
            let body = body.text("title", None);
            assert!(body.chars().count() < 65_536, "{}", body.chars().count());
            assert!(body.contains("more are not listed here"), "the cut is visible");
            let newest = PullRequest {
                number: 1,
                url: String::new(),
                node_id: String::new(),
                state: State::Open,
                title: String::new(),
                body,
                base: "main".to_owned(),
                head: "x".to_owned(),
                head_commit: CommitId::null(),
                labels: Vec::new(),
                draft: false,
            };
            let hold = Hold { policy: "flux-system/zzz".to_owned(), value: value.clone() };
            assert!(Holds::read(Some(&newest)).refuses(&hold.policy, &hold.value));
        }
    }
}
