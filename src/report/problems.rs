//! Problems as people read them: what, where, the line itself, what to do.

use std::fmt::Write as _;

use super::{Paint, escape};
use crate::diagnostic::{Diagnostic, Severity};

/// One problem as a paragraph.
pub fn problem(problem: &Diagnostic, paint: Paint) -> String {
    let word = match problem.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
        Severity::Info => paint.blue("info"),
    };
    let mut out = format!("{word}: {}", paint.bold(&escape::line(&problem.message)));
    let _infallible = writeln!(out, " {}", paint.dim(&format!("[{}]", problem.code)));
    if let Some(at) = &problem.at {
        let place = if at.line == 0 { at.file.clone() } else { at.to_string() };
        let _infallible = writeln!(out, "  {} {}", paint.blue("-->"), escape::line(&place));
        if !at.text.trim().is_empty() {
            let number = at.line.to_string();
            let gap = " ".repeat(number.len());
            let bar = paint.blue("|");
            // A long line is shown from where it matters.
            let (text, column) = window(&at.text, at.column);
            let _infallible =
                writeln!(out, "{} {bar} {}", paint.blue(&number), escape::line(&text));
            let width = usize::try_from(at.width).unwrap_or(1).max(1);
            let width = width.min(text.chars().count().saturating_sub(column).max(1));
            let _infallible = writeln!(
                out,
                "{gap} {bar} {}{}",
                " ".repeat(column),
                paint.red(&"^".repeat(width))
            );
        }
    }
    if let Some(hint) = &problem.hint {
        let _infallible = writeln!(out, "  {} {}", paint.blue("= help:"), escape::line(hint));
    }
    out
}

/// At most 100 characters of a line around a column (from 1), and the column
/// within them (from 0).
fn window(text: &str, column: u32) -> (String, usize) {
    const WIDTH: usize = 100;
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    let text = text.trim_end();
    let skip = if column > WIDTH - 20 { column - 20 } else { 0 };
    (text.chars().skip(skip).take(WIDTH).collect(), column - skip)
}

/// All problems of the severities wanted, the gravest first, and a last line
/// that counts them.
pub fn problems(problems: &[Diagnostic], quiet: bool, paint: Paint) -> String {
    let mut shown: Vec<&Diagnostic> =
        problems.iter().filter(|p| !quiet || p.severity == Severity::Error).collect();
    shown.sort_by_key(|problem| problem.severity);
    let mut out = String::new();
    for each in &shown {
        out.push_str(&problem(each, paint));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Location};

    #[test]
    fn a_problem_shows_the_span() {
        let at = Location {
            file: "kubernetes/apps/policies.yaml".to_owned(),
            line: 12,
            column: 14,
            width: 6,
            text: "      range: '>=1.x.y'".to_owned(),
        };
        let shown = problem(
            &Diagnostic::new(Code::PolicyInvalidRange, "`>=1.x.y` is no range: `y` is no number")
                .at(at)
                .hint("write ranges as Flux does, e.g. `>=1.0.0 <2.0.0`"),
            Paint::PLAIN,
        );
        insta::assert_snapshot!(shown, @r"
        error: `>=1.x.y` is no range: `y` is no number [policy/invalid-range]
          --> kubernetes/apps/policies.yaml:12:14
        12 |       range: '>=1.x.y'
           |              ^^^^^^
          = help: write ranges as Flux does, e.g. `>=1.0.0 <2.0.0`
        ");
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let shown = problem(
            &Diagnostic::new(Code::RegistryMalformed, "said `a\n::error::b`").hint("\u{1b}[2J"),
            Paint::PLAIN,
        );
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(!shown.contains('\u{1b}'));
    }
}
