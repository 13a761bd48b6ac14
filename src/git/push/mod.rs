//! Pushing: one request to the remote's receive-pack, which gix cannot make.
//!
//! The old value in each command is the lease: the server moves a branch only
//! from there.

mod error;
mod greeting;
mod lines;
mod pack;
mod report;

use std::{collections::BTreeMap, io, sync::PoisonError};

use bytes::Bytes;
use gix::ObjectId;
use gix_packetline::blocking_io::encode;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use tokio::time::sleep;

pub use self::error::PushError;
use self::{
    greeting::{advertisement, expect, features},
    report::report,
};
use super::{
    Git, GitError, RefUpdate, Shared,
    connection::{Connection, PAUSES, Request, retried},
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
        let heads = git.observe().await.map_err(|error| PushError::Unknown {
            branch: updates.iter().map(|update| &*update.branch).collect::<Vec<_>>().join("`, `"),
            reason: error.to_string(),
        });
        let heads = heads?.heads;
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
    let body = {
        let (updates, options) = (updates.to_vec(), options.to_vec());
        git.blocking(move |shared, _| request(shared, &updates, &options, &features)).await?
    };
    let answer = send(connection, body).await?;
    report(connection, &answer, updates)
}

/// Whether the branches are already as they shall be. Where one is neither
/// that nor what it was, the lease is lost.
fn stands(heads: &BTreeMap<String, CommitId>, updates: &[RefUpdate]) -> Result<bool, PushError> {
    let mut done = true;
    for RefUpdate { branch, old, new } in updates {
        let now = heads.get(branch);
        if now == new.as_ref() {
            continue;
        }
        done = false;
        if now != old.as_ref() {
            let place = |commit: Option<&CommitId>| {
                commit.map_or("not there".to_owned(), |commit| format!("at `{}`", commit.short()))
            };
            let words = format!("it is {}, and was {}", place(now), place(old.as_ref()));
            return Err(PushError::LeaseLost { branch: branch.clone(), words });
        }
    }
    Ok(done)
}

/// The commands, the options and the pack.
fn request(
    shared: &Shared,
    updates: &[RefUpdate],
    options: &[String],
    features: &str,
) -> Result<Vec<u8>, GitError> {
    let mut body = commands(updates, options, features).map_err(|error| unwritable(&error))?;
    let tips: Result<Vec<_>, _> =
        updates.iter().filter_map(|update| update.new.as_ref()).map(object_id).collect();
    let tips = tips?;
    // A push that only deletes carries no pack.
    if tips.is_empty() {
        return Ok(body);
    }
    let repository = shared.store.repository()?;
    let made = shared.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let objects = pack::lacking(&repository, &tips, &made)?;
    body.extend(pack::write(&repository, &objects)?);
    Ok(body)
}

fn commands(updates: &[RefUpdate], options: &[String], features: &str) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let nothing = ObjectId::null(gix::hash::Kind::Sha1).to_string();
    let name = |commit: Option<&CommitId>| {
        commit.map_or_else(|| nothing.clone(), |commit| commit.as_str().to_owned())
    };
    for (index, RefUpdate { branch, old, new }) in updates.iter().enumerate() {
        let mut command = format!("{} {} {HEADS}{branch}", name(old.as_ref()), name(new.as_ref()));
        if index == 0 {
            command.push('\0');
            command.push_str(features);
        }
        encode::data_to_write(command.as_bytes(), &mut body)?;
    }
    encode::flush_to_write(&mut body)?;
    for option in options {
        encode::data_to_write(option.as_bytes(), &mut body)?;
    }
    if !options.is_empty() {
        encode::flush_to_write(&mut body)?;
    }
    Ok(body)
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

/// At receive-pack, 403 means that the token may read and not push, or that
/// nobody may.
fn denied(error: GitError) -> PushError {
    match error {
        GitError::Denied { words, .. } if words.contains("archived") => {
            PushError::Archived { words }
        }
        GitError::Denied { words, .. } => PushError::Denied { words },
        error => error.into(),
    }
}
