//! The list of what is proposed, from which a reviewer may refuse.

use std::fmt::Write as _;

use super::{
    Hold, Note, Row,
    holds::{check_box_line, plain_line},
    markdown::code_span,
    row::held_value,
};

/// What of a body the list may take.
const MAX_LIST: usize = 40_000;

/// How a reviewer refuses values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusing {
    /// By ticking one, or by closing the pull request.
    Ticking,
    /// By closing the pull request alone: no run of ours leaves out anything.
    Closing,
}

/// One line for each image, the ticked ones of earlier runs included.
pub(super) fn list(out: &mut String, rows: &[Row<'_>], notes: &[Note], refusing: Refusing) {
    let proposed = rows
        .iter()
        .map(|row| (false, row.update.policy.to_string(), row.latest(), row.held_value()));
    let left_out = notes.iter().filter_map(|note| match note {
        Note::LeftOut { policy, latest } => {
            Some((true, policy.clone(), latest, held_value(latest)))
        }
        _ => None,
    });
    let mut lines: Vec<_> = proposed.chain(left_out).collect();
    if lines.is_empty() {
        return;
    }
    lines.sort_by(|a, b| (&a.1, &a.3).cmp(&(&b.1, &b.3)));
    // Clusters that share a policy's name share its box.
    lines.dedup_by(|a, b| (&a.1, &a.3) == (&b.1, &b.3));
    out.push_str(match refusing {
        Refusing::Ticking => {
            "\n### Leave out\nA ticked version is left out from the next run on, until its policy \
             elects another one. Closing this pull request leaves out all of them.\n\n"
        }
        Refusing::Closing => {
            "\n### Refuse\nClosing this pull request refuses these versions: no other one is opened \
             until other versions come.\n\n"
        }
    });
    let mut room = MAX_LIST;
    let mut missing = 0;
    // What was refused is remembered here and nowhere else: it comes first.
    lines.sort_by_key(|(ticked, ..)| !ticked);
    for (ticked, policy, latest, value) in lines {
        let what = format!("{} {}", code_span(&latest.name), code_span(&latest.short()));
        let hold = Hold { policy, value };
        let line = match refusing {
            Refusing::Ticking => check_box_line(ticked, &what, &hold),
            Refusing::Closing => plain_line(&what, &hold),
        };
        let length = line.chars().count() + 1;
        if length > room && !ticked {
            missing += 1;
            continue;
        }
        room = room.saturating_sub(length);
        out.push_str(&line);
        out.push('\n');
    }
    if missing > 0 {
        let _infallible =
            write!(out, "\n… {missing} more are not listed here: GitHub takes no longer body.\n");
    }
}
