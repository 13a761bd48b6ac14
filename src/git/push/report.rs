//! What the remote says became of a push.

use std::collections::BTreeSet;

use super::{
    Fault, HEADS,
    lines::{Line, lines},
};
use crate::git::{PushError, RefUpdate, connection::Connection};

/// Takes the answer apart: what stands on the first band is the report, on the
/// second are words for people, on the third is why the server broke off.
pub(super) fn report(
    connection: &Connection,
    answer: &[u8],
    updates: &[RefUpdate],
) -> Result<(), Fault> {
    let lost = |reason: &str| Fault::Lost(connection.malformed(reason));
    let (mut report, mut notes) = (Vec::new(), Vec::new());
    for line in lines(connection, answer).map_err(Fault::Lost)? {
        match line {
            Line::Data(line) => match line.split_first() {
                Some((1, data)) => report.extend_from_slice(data),
                Some((2 | 3, words)) => notes.extend_from_slice(words),
                _ => return Err(lost("its answer has an unknown band")),
            },
            Line::End => break,
        }
    }
    let notes = connection.words.lines(&notes);
    let mut refusals = Vec::new();
    let mut done = BTreeSet::new();
    let mut unpacked = None;
    for line in lines(connection, &report).map_err(Fault::Lost)? {
        let Line::Data(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        let (verb, rest) = line.trim_end().split_once(' ').unwrap_or((&line, ""));
        match verb {
            "unpack" => unpacked = Some(rest.to_owned()),
            "ok" => drop(done.insert(rest.to_owned())),
            "ng" => {
                let (name, reason) = rest.split_once(' ').unwrap_or((rest, "no reason given"));
                let branch = name.strip_prefix(HEADS).unwrap_or(name);
                let reason = connection.words.line(reason.as_bytes());
                refusals.push(PushError::of(branch, &reason, &notes));
            }
            _ => {}
        }
    }
    // All fall together: the one that says why comes first.
    refusals.sort_by_key(|error| matches!(error, PushError::Refused { .. }));
    match unpacked {
        None if notes.is_empty() => return Err(lost("its answer broke off")),
        None => return Err(lost(&notes.join("; "))),
        Some(reason) if reason != "ok" && refusals.is_empty() => {
            let branch = updates.first().map_or("", |update| update.branch.as_str());
            let reason = connection.words.line(reason.as_bytes());
            return Err(PushError::of(branch, &reason, &notes).into());
        }
        Some(_) => {}
    }
    if let Some(error) = refusals.into_iter().next() {
        return Err(error.into());
    }
    if updates.iter().all(|update| done.contains(&format!("{HEADS}{}", update.branch))) {
        return Ok(());
    }
    Err(lost("its report leaves out a branch"))
}
