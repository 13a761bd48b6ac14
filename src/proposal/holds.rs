//! What a reviewer has refused.
//!
//! The body of a pull request has one line for each image. A ticked check box
//! keeps that value out until its policy elects another; where no run could
//! leave it out there is no box. A pull request that a person closed refuses
//! everything it proposed. Both are read from the newest
//! pull request of the branch and written into the next body, so that they are
//! remembered without any store of our own.

use std::{collections::BTreeSet, fmt::Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Metadata, PullRequest, State};
use crate::setters::Reference;

const MARKER: &str = "<!-- flux-image-updates ";
const HOLD: &str = "<!-- hold ";
const END: &str = " -->";

/// A policy's value that shall not be proposed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hold {
    /// The policy, `namespace/name`.
    pub policy: String,
    /// `tag`, or `tag@digest`.
    pub value: String,
}

/// Every hold in force. Policies of several clusters may share a name, so that
/// one name may hold several values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds(BTreeSet<Hold>);

impl Holds {
    /// What the newest pull request of the branch holds.
    pub fn read(newest: Option<&PullRequest>) -> Self {
        let Some(newest) = newest else { return Self::default() };
        // A merged pull request's boxes are done with, save the ticked ones:
        // those values were left out of what was merged.
        let closed_by_person = Self::is_closed_by_person(newest);
        let lines = newest.body.lines().filter_map(hold_of_line);
        Self(
            lines.filter(|(ticked, _)| *ticked || closed_by_person).map(|(_, hold)| hold).collect(),
        )
    }

    /// Whether a person closed the pull request: our own closing says so in the
    /// marker.
    pub fn is_closed_by_person(pull_request: &PullRequest) -> bool {
        pull_request.state == State::Closed
            && Marker::read(&pull_request.body).is_none_or(|marker| marker.closed.is_none())
    }

    /// The values of a policy, `namespace/name`, that are refused.
    pub fn of(&self, policy: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |hold| hold.policy == policy).map(|hold| hold.value.as_str())
    }

    /// Whether this value of the policy is refused.
    pub fn refuses(&self, policy: &str, value: &str) -> bool {
        self.of(policy).any(|held| held == value)
    }

    /// Whether what a marked value says is refused for the policy: its tag, or
    /// where it says none its digest. A name alone is not.
    pub fn refuses_reference(&self, policy: &str, reference: &Reference<'_>) -> bool {
        self.of(policy).any(|held| {
            let (tag, digest) = match held.split_once('@') {
                Some((tag, digest)) => (tag, Some(digest)),
                None => (held, None),
            };
            let other_digest = digest.zip(reference.digest).is_some_and(|(a, b)| a != b);
            match reference.tag {
                Some(said) => said == tag && !other_digest,
                None => reference.digest.is_some() && reference.digest == digest,
            }
        })
    }

    /// Holds one more value.
    pub fn add(&mut self, hold: Hold) {
        self.0.insert(hold);
    }

    /// Every hold.
    pub fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One line of the body's list of check boxes.
pub(super) fn check_box_line(ticked: bool, shown: &str, hold: &Hold) -> String {
    let mark = if ticked { 'x' } else { ' ' };
    format!("- [{mark}] leave out {shown} {HOLD}{}{END}", comment_json(hold))
}

/// The same where nothing can be ticked.
pub(super) fn plain_line(shown: &str, hold: &Hold) -> String {
    format!("- {shown} {HOLD}{}{END}", comment_json(hold))
}

fn hold_of_line(line: &str) -> Option<(bool, Hold)> {
    let line = line.trim();
    let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
    let ticked = ["[x]", "[X]"].iter().any(|tick| rest.starts_with(tick));
    let (_, json) = rest.rsplit_once(HOLD)?;
    let hold = serde_json::from_str(json.strip_suffix(END)?).ok()?;
    Some((ticked, hold))
}

/// The machine marker at the top of every body.
///
/// It is text that anybody may edit: never the sole ground to close, delete or
/// overwrite anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marker {
    /// The automations that the branch is built from.
    #[serde(default)]
    pub automations: Vec<String>,
    /// A fingerprint of the title that we gave last: another one is a person's.
    #[serde(default)]
    pub title: String,
    /// What was given; nothing was as long as it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Why we closed it ourselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

impl Marker {
    /// The marker of a body, `None` when it has none.
    pub fn read(body: &str) -> Option<Self> {
        let (_, rest) = body.split_once(MARKER)?;
        let (json, _) = rest.split_once(END)?;
        serde_json::from_str(json).ok()
    }

    /// The line that stands at the top of the body.
    pub(super) fn line(&self) -> String {
        format!("{MARKER}{}{END}", comment_json(self))
    }

    /// What stands for a title, or for metadata, in the marker.
    pub fn fingerprint(text: &str) -> String {
        let digest = Sha256::digest(text.as_bytes());
        let mut hex = String::new();
        for byte in digest.iter().take(8) {
            let _infallible = write!(hex, "{byte:02x}");
        }
        hex
    }
}

/// JSON that cannot end the HTML comment around it.
fn comment_json(value: &impl Serialize) -> String {
    // Strings and lists of strings have no form that JSON lacks.
    let json = serde_json::to_string(value).unwrap_or_default();
    json.replace("--", "-\\u002d").replace('>', "\\u003e").replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{proposal::MetadataKind, tree::CommitId};

    fn pull_request(state: State, body: &str) -> PullRequest {
        PullRequest {
            number: 1,
            url: String::new(),
            node_id: String::new(),
            state,
            title: String::new(),
            body: body.to_owned(),
            base: "main".to_owned(),
            head: "flux-image-updates".to_owned(),
            head_commit: CommitId::new(&"a".repeat(40)).unwrap(),
            labels: Vec::new(),
            draft: false,
        }
    }

    fn hold(policy: &str, value: &str) -> Hold {
        Hold { policy: policy.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn ticks_and_closings_hold() {
        let marker = Marker::default().line();
        let ours = Marker { closed: Some("nothing-left".to_owned()), ..Marker::default() }.line();
        let boxes = [
            check_box_line(true, "`a` v2", &hold("flux-system/a", "v2")),
            check_box_line(false, "`b` v3", &hold("flux-system/b", "v3")),
            plain_line("`c` v4", &hold("flux-system/c", "v4")),
        ]
        .join("\r\n");
        for (shows, state, marker, a, b) in [
            ("a ticked box holds", State::Open, &marker, true, false),
            ("a person's close holds all", State::Closed, &marker, true, true),
            ("our own close holds what is ticked", State::Closed, &ours, true, false),
            ("a merge holds what is ticked", State::Merged, &marker, true, false),
        ] {
            let holds = Holds::read(Some(&pull_request(state, &format!("{marker}\n{boxes}"))));
            assert_eq!(holds.refuses("flux-system/a", "v2"), a, "{shows}");
            assert_eq!(holds.refuses("flux-system/b", "v3"), b, "{shows}");
            assert_eq!(holds.refuses("flux-system/c", "v4"), b, "no box is none ticked: {shows}");
            assert!(!holds.refuses("flux-system/a", "v3"), "another value is free: {shows}");
        }
        assert!(Holds::read(None).is_empty());
    }

    #[test]
    fn a_marked_value_is_refused_by_what_it_says() {
        let holds = Holds([hold("x/a", "v2@sha256:12"), hold("x/a", "v1")].into());
        let rows: [(&str, Option<&str>, Option<&str>, bool); 8] = [
            ("x/a", Some("v2"), None, true),
            ("x/a", Some("v2"), Some("sha256:12"), true),
            ("x/a", Some("v2"), Some("sha256:34"), false),
            ("x/a", None, Some("sha256:12"), true),
            ("x/a", Some("v1"), Some("sha256:34"), true),
            ("x/a", Some("v3"), None, false),
            ("x/a", None, None, false),
            ("x/b", Some("v2"), None, false),
        ];
        for (policy, tag, digest, refused) in rows {
            let reference = Reference { name: Some("ghcr.io/x/a"), tag, digest };
            assert_eq!(holds.refuses_reference(policy, &reference), refused, "{reference:?}");
        }
    }

    #[test]
    fn a_name_cannot_end_the_comment() {
        let hold = hold("x/--><b>", "v1--");
        let line = check_box_line(true, "`x`", &hold);
        assert_eq!(line.matches("-->").count(), 1, "{line}");
        assert_eq!(hold_of_line(&line), Some((true, hold)));
    }

    #[test]
    fn the_marker_survives_the_body() {
        let marker = Marker {
            automations: vec!["flux-system/apps".to_owned()],
            title: Marker::fingerprint("Update x to 1"),
            metadata: Some(
                [(MetadataKind::Labels, Marker::fingerprint("flux"))].into_iter().collect(),
            ),
            closed: None,
        };
        assert_eq!(Marker::read(&format!("{}\nrest", marker.line())), Some(marker));
        assert_eq!(Marker::read("nothing here"), None);
    }
}
