//! What the event that started a workflow says.

use super::Environment;

/// What started the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A person, a schedule, a push.
    Ordinary,
    /// A pull request from a fork: the token cannot write.
    ForkPullRequest,
}

/// The branch that the event is about; a pull request's merge commit and a tag
/// are no branches.
pub(super) fn event_branch(environment: &Environment) -> Option<String> {
    let event = environment.get("GITHUB_EVENT_NAME").unwrap_or_default();
    if event.starts_with("pull_request") {
        return None;
    }
    environment.get("GITHUB_REF")?.strip_prefix("refs/heads/").map(str::to_owned)
}

/// What was pushed or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// A branch, by its short name.
    Branch(String),
    /// A tag, which no automation pushes.
    Tag,
}

/// What was pushed or made, when that is the event.
pub(super) fn pushed(environment: &Environment) -> Option<Pushed> {
    if !matches!(environment.get("GITHUB_EVENT_NAME")?, "push" | "create") {
        return None;
    }
    let is_tag = || environment.get("GITHUB_REF")?.starts_with("refs/tags/").then_some(Pushed::Tag);
    event_branch(environment).map(Pushed::Branch).or_else(is_tag)
}

/// Reads the event's payload: a pull request whose head is another repository
/// comes with a token that cannot write.
#[expect(clippy::disallowed_methods, reason = "the event is part of the environment")]
pub(super) fn event_kind(environment: &Environment) -> EventKind {
    if environment.get("GITHUB_EVENT_NAME") != Some("pull_request") {
        return EventKind::Ordinary;
    }
    let payload = environment
        .get("GITHUB_EVENT_PATH")
        .and_then(|path| std::fs::read(path).ok())
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .unwrap_or_default();
    let name =
        |side: &str| payload.pointer(&format!("/pull_request/{side}/repo/full_name")).cloned();
    if name("head") == name("base") && name("base").is_some() {
        EventKind::Ordinary
    } else {
        // A deleted fork has no repository any more, and an unreadable payload
        // proves nothing: both are taken for a fork, which only plans.
        EventKind::ForkPullRequest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(vars: &[(&str, &str)]) -> Environment {
        vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_event_gives_the_control_branch() {
        let of_branch = |name: &str| Some(Pushed::Branch(name.to_owned()));
        for (event, reference, branch, seen) in [
            ("schedule", "refs/heads/main", Some("main"), None),
            ("push", "refs/heads/release/1", Some("release/1"), of_branch("release/1")),
            ("create", "refs/heads/x", Some("x"), of_branch("x")),
            ("push", "refs/tags/v1", None, Some(Pushed::Tag)),
            ("create", "refs/tags/v1", None, Some(Pushed::Tag)),
            ("release", "refs/tags/v1", None, None),
            ("pull_request", "refs/pull/1/merge", None, None),
            ("pull_request_target", "refs/heads/main", None, None),
        ] {
            let vars = environment(&[("GITHUB_EVENT_NAME", event), ("GITHUB_REF", reference)]);
            assert_eq!(event_branch(&vars).as_deref(), branch, "{event} {reference}");
            assert_eq!(pushed(&vars), seen, "{event} {reference}");
        }
    }

    #[test]
    fn a_pull_request_that_may_come_from_a_fork_is_taken_for_one() {
        let vars = environment(&[("GITHUB_EVENT_NAME", "pull_request")]);
        assert_eq!(event_kind(&vars), EventKind::ForkPullRequest);
        assert_eq!(event_kind(&environment(&[])), EventKind::Ordinary);
    }
}
