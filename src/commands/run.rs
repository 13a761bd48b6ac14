//! `run` and `plan`.
#![expect(clippy::disallowed_methods, reason = "the result goes to the runner's command files")]
#![expect(clippy::print_stderr, reason = "this is where it is printed")]

use std::{
    fs::OpenOptions,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use super::propose;
use crate::{
    cli::{Color, EventKind, Output, Settings, UsageError},
    diagnostic::{Diagnostic, Severity},
    pipeline::{self, Failure, Outcome, World},
    report::{self, Paint},
};

/// Done, also when there was nothing to do.
pub(super) const DONE: u8 = 0;
/// Something failed.
pub(super) const FAILED: u8 = 1;
/// `--exit-code`, and there are changes.
const CHANGES: u8 = 3;

/// Runs the pipeline and reports it; gives the exit status.
///
/// # Errors
/// What the environment lacks, before anything is sent.
pub async fn run(settings: &Settings, color: Color) -> Result<u8, UsageError> {
    let world = World::open(settings)?;
    if settings.proposes_only {
        return Ok(match pipeline::propose(&world, settings).await {
            Ok(outcome) => propose::finished(settings, &outcome, color),
            Err(failure) => failed(settings, &failure, color),
        });
    }
    let shown = tokio::spawn(progress(world.registries.clone(), settings.quiet));
    let result = pipeline::run(&world, settings).await;
    shown.abort();
    clear_progress();
    Ok(match result {
        Ok(outcome) => finished(settings, &outcome, color),
        Err(failure) => failed(settings, &failure, color),
    })
}

fn finished(settings: &Settings, outcome: &Outcome, color: Color) -> u8 {
    let problems = outcome.problems();
    let out = paint(color, std::io::stdout().is_terminal(), settings);
    let text = match settings.output {
        Output::Text => report::text(outcome, settings.dry_run, settings.quiet, out),
        Output::Json => json(&report::document(outcome)),
        Output::Diff => report::diff(outcome, out),
        Output::Markdown => report::escape::lines(&report::pull_requests(outcome)),
    };
    tell(settings, &problems, color);
    print(&text);
    write_outputs(settings, &report::outputs(outcome));
    append(settings, "GITHUB_STEP_SUMMARY", &report::summary(outcome, settings.dry_run));
    let failures = problems.iter().any(|problem| problem.severity == Severity::Error);
    let changes = outcome.wanted.branches.iter().any(|branch| !branch.proposal.commits.is_empty());
    // A fork's pull request cannot do anything about it: it only shows.
    if failures && settings.fail_on_error && settings.event == EventKind::Ordinary {
        FAILED
    } else if settings.exit_code && changes {
        CHANGES
    } else {
        DONE
    }
}

fn failed(settings: &Settings, failure: &Failure, color: Color) -> u8 {
    tell(settings, std::slice::from_ref(&*failure.0), color);
    if settings.output == Output::Json {
        print(&json(&report::failed(failure)));
    }
    write_outputs(settings, &report::outputs_of_failure());
    append(settings, "GITHUB_STEP_SUMMARY", &report::failure(&failure.0));
    // A fork's pull request cannot do anything about it.
    if settings.event == EventKind::ForkPullRequest { DONE } else { FAILED }
}

pub(super) fn json(document: &report::Document) -> String {
    // The document is made of strings and numbers, which always have a form.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    report::escape::json(&text)
}

/// Problems go to standard error: as annotations in Actions, for people
/// everywhere.
pub(super) fn tell(settings: &Settings, problems: &[Diagnostic], color: Color) {
    let err = paint(color, std::io::stderr().is_terminal(), settings);
    let text = report::problems(problems, settings.quiet, err);
    if settings.in_actions() {
        if !text.is_empty() {
            eprint!("::group::Problems\n{text}::endgroup::\n");
        }
        eprint!("{}", report::annotations(problems, &below_workspace(settings)));
    } else {
        eprint!("{text}");
    }
}

/// Where the repository lies below the workspace.
fn below_workspace(settings: &Settings) -> PathBuf {
    match (&settings.path, &settings.workspace) {
        (Some(path), Some(workspace)) => {
            let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
            absolute(path).strip_prefix(absolute(workspace)).map(Path::to_owned).unwrap_or_default()
        }
        _ => PathBuf::new(),
    }
}

/// A reader that has closed the pipe has seen enough.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn paint(color: Color, is_terminal: bool, settings: &Settings) -> Paint {
    let wanted = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && settings.environment.get("NO_COLOR").is_none(),
    };
    if wanted { Paint::COLOURED } else { Paint::PLAIN }
}

pub(super) fn write_outputs(settings: &Settings, outputs: &[(&'static str, String)]) {
    // The standard library's hasher is seeded by the system for each process.
    let random = || {
        let half = || u128::from(RandomState::new().build_hasher().finish());
        (half() << 64) | half()
    };
    append(settings, "GITHUB_OUTPUT", &report::output_file(outputs, random));
}

/// Appends to one of the runner's command files, where there is one.
pub(super) fn append(settings: &Settings, variable: &str, text: &str) {
    let Some(path) = settings.environment.get(variable) else { return };
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = written {
        eprintln!("warning: `{variable}` cannot be written: {error}");
    }
}

/// On a terminal, what the registries have answered so far.
async fn progress(registries: crate::registry::Registries, quiet: bool) {
    if quiet || !std::io::stderr().is_terminal() {
        return;
    }
    loop {
        tokio::time::sleep(Duration::from_millis(120)).await;
        let done = registries.progress();
        if done.requests() > 0 {
            eprint!(
                "\r\u{1b}[K{} repositories scanned, {} tags, {} digests",
                done.scans(),
                done.tags(),
                done.digests()
            );
        }
    }
}

fn clear_progress() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\u{1b}[K");
    }
}
