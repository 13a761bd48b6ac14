//! Problems as annotations of a workflow run.

use std::{fmt::Write as _, path::Path};

use super::escape::{command_data, command_property};
use crate::diagnostic::{Diagnostic, Severity};

/// GitHub shows ten annotations of a kind for each step.
const SHOWN: usize = 10;

/// One workflow command for each problem, as far as GitHub shows them; the
/// rest is counted in the last one.
///
/// `checkout` is where the repository lies below the workspace, if it does:
/// annotations name files relative to that.
pub fn annotations(problems: &[Diagnostic], checkout: &Path) -> String {
    let mut out = String::new();
    for (severity, command) in
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
    {
        let of_kind: Vec<_> = problems.iter().filter(|p| p.severity == severity).collect();
        let whole = if of_kind.len() > SHOWN { SHOWN - 1 } else { of_kind.len() };
        for problem in &of_kind[..whole] {
            let mut properties = format!("title={}", command_property(problem.code.as_str()));
            if let Some(at) = &problem.at {
                let file = checkout.join(&at.file);
                let _infallible = write!(
                    properties,
                    ",file={}",
                    command_property(&file.display().to_string())
                );
                if at.line > 0 {
                    let _infallible = write!(properties, ",line={},col={}", at.line, at.column);
                }
            }
            let mut message = problem.message.clone();
            if let Some(hint) = &problem.hint {
                let _infallible = write!(message, "\nhelp: {hint}");
            }
            let _infallible = writeln!(out, "::{command} {properties}::{}", command_data(&message));
        }
        if of_kind.len() > whole {
            let _infallible = writeln!(
                out,
                "::{command} title=flux-image-updates::{} more stand in the step's summary",
                of_kind.len() - whole
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Location};

    #[test]
    fn files_are_relative_to_the_workspace_and_the_rest_is_counted() {
        let at = Location {
            file: "apps/a,b.yaml".to_owned(),
            line: 3,
            column: 5,
            width: 1,
            text: String::new(),
        };
        let one = Diagnostic::new(Code::PolicyNoMatch, "nothing\n::error::x").at(at).hint("widen it");
        let many = vec![one; 12];
        let shown = annotations(&many, Path::new("fleet"));
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 10);
        assert_eq!(
            lines[0],
            "::error title=policy/no-match,file=fleet/apps/a%2Cb.yaml,line=3,col=5::\
             nothing%0A::error::x%0Ahelp: widen it"
        );
        assert_eq!(lines[9], "::error title=flux-image-updates::3 more stand in the step's summary");
    }
}
