//! What the remote's receive-pack offers, and what of it a push uses.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap},
};

use super::{
    ANSWER, HEADS,
    lines::{Line, lines},
};
use crate::{
    git::{
        GitError, PushError, RefUpdate,
        connection::{Connection, Request},
    },
    tree::CommitId,
};

/// What receive-pack offers.
pub(super) struct Advertisement {
    pub(super) heads: BTreeMap<String, CommitId>,
    features: BTreeSet<String>,
}

pub(super) async fn advertisement(connection: &Connection) -> Result<Advertisement, GitError> {
    let request = Request {
        method: Method::GET,
        tail: "info/refs?service=git-receive-pack".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let response = connection.send(&request).await?;
    expect(connection, &response, "application/x-git-receive-pack-advertisement")?;
    let body = connection.body(response, ANSWER).await?;
    let mut advertised = Advertisement { heads: BTreeMap::new(), features: BTreeSet::new() };
    for line in lines(connection, &body)? {
        let Line::Data(line) = line else { continue };
        let (reference, features) = match line.iter().position(|byte| *byte == 0) {
            Some(end) => (&line[..end], &line[end + 1..]),
            None => (&line[..], &[][..]),
        };
        let features = String::from_utf8_lossy(features);
        advertised.features.extend(features.split_whitespace().map(str::to_owned));
        let reference = String::from_utf8_lossy(reference);
        if let Some((id, name)) = reference.trim_end().split_once(' ')
            && let Some(branch) = name.strip_prefix(HEADS)
            && let Some(commit) = CommitId::new(id)
        {
            advertised.heads.insert(branch.to_owned(), commit);
        }
    }
    Ok(advertised)
}

/// What is asked of the server for this push, and whether it can.
pub(super) fn features(
    connection: &Connection,
    advertised: &Advertisement,
    updates: &[RefUpdate],
    options: &[String],
) -> Result<String, PushError> {
    let has = |feature: &str| advertised.features.contains(feature);
    let deletes = updates.iter().any(|update| update.new.is_none());
    if !options.is_empty() && !has("push-options") {
        return Err(PushError::NoOptions);
    }
    for (needed, feature) in [
        (true, "report-status"),
        (true, "side-band-64k"),
        (updates.len() > 1, "atomic"),
        (deletes, "delete-refs"),
    ] {
        if needed && !has(feature) {
            return Err(connection.malformed(format!("it cannot `{feature}`")).into());
        }
    }
    let mut features = "report-status side-band-64k".to_owned();
    for (wanted, feature) in
        [(true, "atomic"), (!options.is_empty(), "push-options"), (true, "object-format=sha1")]
    {
        if wanted && has(feature) {
            features.push(' ');
            features.push_str(feature);
        }
    }
    features.push_str(concat!(" agent=flux-image-updates/", env!("CARGO_PKG_VERSION")));
    Ok(features)
}

/// Whether an answer is the service's own.
pub(super) fn expect(
    connection: &Connection,
    response: &reqwest::Response,
    kind: &str,
) -> Result<(), GitError> {
    let found = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match found {
        Some(found) if found == kind => Ok(()),
        found => {
            let found = connection.words.line(found.unwrap_or("nothing").as_bytes());
            Err(connection.malformed(format!("its answer is `{found}`, not `{kind}`")))
        }
    }
}
