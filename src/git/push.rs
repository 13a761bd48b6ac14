//! Pushing: one request to the remote's receive-pack, which gix cannot make.
//!
//! The old value in each command is the lease: the server moves a branch only
//! from there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use bytes::Bytes;
use gix::ObjectId;
use gix_packetline::{blocking_io::encode, decode};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use tokio::time::sleep;

use super::{
    Git, GitError, PushError, RefUpdate, Shared,
    connection::{Connection, PAUSES, Request, retried},
    pack,
    store::{object_id, unwritable},
};
use crate::tree::CommitId;

const HEADS: &str = "refs/heads/";
/// The longest answer that is read, in bytes: a repository may have a great
/// many references.
const ANSWER: usize = 64 * 1024 * 1024;

/// What one request came to.
enum Fault {
    /// It is not known whether the server carried it out.
    Lost(GitError),
    /// The server did not carry it out.
    Refused(PushError),
}

impl From<PushError> for Fault {
    fn from(error: PushError) -> Self {
        Self::Refused(error)
    }
}

impl From<GitError> for Fault {
    fn from(error: GitError) -> Self {
        Self::Refused(error.into())
    }
}

pub(super) async fn push(
    git: &Git,
    updates: &[RefUpdate],
    options: &[String],
) -> Result<(), PushError> {
    if updates.is_empty() {
        return Ok(());
    }
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match attempt(git, updates, options).await {
            Ok(()) => return Ok(()),
            Err(Fault::Refused(error)) => return Err(error),
            Err(Fault::Lost(error)) => error,
        };
        let heads = git.observe().await?.heads;
        if stands(&heads, updates)? {
            return Ok(());
        }
        match pauses.next().filter(|_| error.is_transient()) {
            Some(pause) => sleep(pause).await,
            None => return Err(error.into()),
        }
    }
}

async fn attempt(git: &Git, updates: &[RefUpdate], options: &[String]) -> Result<(), Fault> {
    let connection = &git.0.connection;
    let advertised = retried(|| advertisement(connection)).await.map_err(denied)?;
    if stands(&advertised.heads, updates)? {
        return Ok(());
    }
    let features = features(connection, &advertised, updates, options)?;
    let (body, sent) = {
        let (updates, options) = (updates.to_vec(), options.to_vec());
        git.blocking(move |shared, _| request(shared, &updates, &options, &features)).await?
    };
    let answer = send(connection, body).await?;
    report(connection, &answer, updates)?;
    let mut made = git.0.made.lock().unwrap_or_else(PoisonError::into_inner);
    made.retain(|commit| !sent.contains(commit));
    Ok(())
}

/// Whether the branches are already as they shall be. Where one is neither
/// that nor what it was, the lease is lost.
fn stands(heads: &BTreeMap<String, CommitId>, updates: &[RefUpdate]) -> Result<bool, PushError> {
    let mut done = true;
    for update in updates {
        let now = heads.get(&update.branch);
        if now == update.new.as_ref() {
            continue;
        }
        done = false;
        if now != update.old.as_ref() {
            let name = |commit: Option<&CommitId>| {
                commit
                    .map_or_else(|| "gone".to_owned(), |commit| format!("at `{}`", commit.short()))
            };
            let words = format!(
                "it is {}, and was {}",
                name(now),
                match &update.old {
                    Some(commit) => name(Some(commit)),
                    None => "not there".to_owned(),
                }
            );
            return Err(PushError::LeaseLost { branch: update.branch.clone(), words });
        }
    }
    Ok(done)
}

/// What receive-pack offers.
struct Advertisement {
    heads: BTreeMap<String, CommitId>,
    features: BTreeSet<String>,
}

async fn advertisement(connection: &Connection) -> Result<Advertisement, GitError> {
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
fn features(
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

/// The commands, the options and the pack; with the objects that are sent.
fn request(
    shared: &Shared,
    updates: &[RefUpdate],
    options: &[String],
    features: &str,
) -> Result<(Vec<u8>, BTreeSet<ObjectId>), GitError> {
    let mut body = Vec::new();
    let mut line = |text: &str| encode::data_to_write(text.as_bytes(), &mut body);
    let zero = ObjectId::null(gix::hash::Kind::Sha1).to_string();
    let name = |commit: &Option<CommitId>| {
        commit.as_ref().map_or_else(|| zero.clone(), |commit| commit.as_str().to_owned())
    };
    for (index, update) in updates.iter().enumerate() {
        let (old, new) = (name(&update.old), name(&update.new));
        let mut command = format!("{old} {new} {HEADS}{}", update.branch);
        if index == 0 {
            command.push('\0');
            command.push_str(features);
        }
        line(&command).map_err(|error| unwritable(&error))?;
    }
    encode::flush_to_write(&mut body).map_err(|error| unwritable(&error))?;
    if !options.is_empty() {
        for option in options {
            encode::data_to_write(option.as_bytes(), &mut body)
                .map_err(|error| unwritable(&error))?;
        }
        encode::flush_to_write(&mut body).map_err(|error| unwritable(&error))?;
    }
    let tips: Result<Vec<_>, _> =
        updates.iter().filter_map(|u| u.new.as_ref()).map(object_id).collect();
    let tips = tips?;
    // A push that only deletes carries no pack.
    if tips.is_empty() {
        return Ok((body, BTreeSet::new()));
    }
    let repository = shared.store.repository()?;
    let made = shared.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let objects = pack::lacking(&repository, &tips, &made)?;
    body.extend(pack::write(&repository, &objects)?);
    Ok((body, objects))
}

async fn send(connection: &Connection, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let mut headers = HeaderMap::new();
    let kind = |text| HeaderValue::from_static(text);
    headers.insert(CONTENT_TYPE, kind("application/x-git-receive-pack-request"));
    headers.insert(ACCEPT, kind("application/x-git-receive-pack-result"));
    let request = Request {
        method: Method::POST,
        tail: "git-receive-pack".to_owned(),
        headers,
        body: Bytes::from(body),
    };
    let lost = |error: GitError| match error {
        error if error.is_transient() => Fault::Lost(error),
        error => denied(error).into(),
    };
    let response = connection.send(&request).await.map_err(lost)?;
    expect(connection, &response, "application/x-git-receive-pack-result").map_err(Fault::Lost)?;
    connection.body(response, ANSWER).await.map_err(Fault::Lost)
}

/// Takes the answer apart: what stands on the first band is the report, on the
/// second are words for people, on the third is why the server broke off.
fn report(connection: &Connection, answer: &[u8], updates: &[RefUpdate]) -> Result<(), Fault> {
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
        let line = connection.words.line(&line);
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb {
            "unpack" => unpacked = Some(rest.to_owned()),
            "ok" => drop(done.insert(rest.to_owned())),
            "ng" => {
                let (name, reason) = rest.split_once(' ').unwrap_or((rest, "no reason given"));
                let branch = name.strip_prefix(HEADS).unwrap_or(name);
                refusals.push(PushError::of(branch, reason, &notes));
            }
            _ => {}
        }
    }
    // All fall together: the one that says why comes first.
    refusals.sort_by_key(|error| matches!(error, PushError::Refused { .. }));
    let first = updates.first().map(|update| update.branch.clone()).unwrap_or_default();
    match unpacked.as_deref() {
        None if notes.is_empty() => return Err(lost("its answer broke off")),
        None => return Err(PushError::of(&first, "no report", &notes).into()),
        Some("ok") => {}
        Some(reason) if refusals.is_empty() => {
            return Err(PushError::of(&first, reason, &notes).into());
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

/// At receive-pack, 403 means that the token may read and not push.
fn denied(error: GitError) -> PushError {
    match error {
        GitError::Denied { words, .. } => PushError::Denied { words },
        error => error.into(),
    }
}

fn expect(
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

/// A line of Git's protocol.
enum Line {
    Data(Vec<u8>),
    End,
}

fn lines(connection: &Connection, mut bytes: &[u8]) -> Result<Vec<Line>, GitError> {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        let stream = decode::streaming(bytes);
        match stream.map_err(|error| connection.malformed(error.to_string()))? {
            decode::Stream::Complete { line, bytes_consumed } => {
                lines.push(line.as_slice().map_or(Line::End, |data| Line::Data(data.to_vec())));
                bytes = &bytes[bytes_consumed..];
            }
            decode::Stream::Incomplete { .. } => {
                return Err(connection.malformed("its answer broke off"));
            }
        }
    }
    Ok(lines)
}
