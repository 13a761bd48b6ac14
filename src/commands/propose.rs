//! `propose`.

use super::run::{DONE, FAILED, append, json, print, tell, write_outputs};
use crate::{
    cli::{Color, Output, Settings},
    diagnostic::Severity,
    pipeline::Outcome,
    report,
};

/// Reports what became of the pull request; gives the exit status.
pub(super) fn finished(settings: &Settings, outcome: &Outcome, color: Color) -> u8 {
    let problems = outcome.problems();
    let told = report::branches(outcome, settings.dry_run);
    tell(settings, &problems, color);
    print(&match settings.output {
        Output::Json => json(&report::document(outcome)),
        _ => told.clone(),
    });
    write_outputs(settings, &report::outputs(outcome));
    append(settings, "GITHUB_STEP_SUMMARY", &report::branches_page(outcome, settings.dry_run));
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    if failed && settings.fail_on_error { FAILED } else { DONE }
}
