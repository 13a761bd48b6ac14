//! Looking at the remote's branches, and fetching commits: gix's protocol
//! version 2 with a negotiation of our own, since we want commits by name and
//! keep no references.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    path::PathBuf,
    rc::Rc,
    sync::{Arc, atomic::AtomicBool},
};

use gix::{
    ObjectId,
    bstr::ByteSlice as _,
    progress::Discard,
    protocol::{
        self, Handshake, LsRefsCommand,
        fetch::{
            Arguments, Context, Negotiate, Options, Response, Shallow, Tags,
            negotiate::{Action, Round, one_round},
        },
        handshake::Ref,
        ls_refs::RefPrefixes,
        transport::{
            Protocol, Service,
            client::blocking_io::http::{Transport, connect_http},
        },
    },
};
use tokio::runtime::Handle;

use super::{
    GitError, Remote,
    connection::Connection,
    store::{commit_id, reason},
    wire::{Failure, Wire},
};
use crate::tree::CommitId;

const HEADS: &str = "refs/heads/";

/// One conversation with the remote's upload-pack.
pub(super) struct Session {
    connection: Arc<Connection>,
    transport: Transport<Wire>,
    handshake: Handshake,
    failure: Failure,
}

/// What a pack is to hold.
pub(super) struct Wanted<'a> {
    pub(super) commits: &'a [ObjectId],
    /// Commits that need not be sent, with all that belongs to them.
    pub(super) haves: &'a [ObjectId],
    /// How many commits of each line of history.
    pub(super) depth: NonZeroU32,
    /// Leave out trees and files, where the remote can.
    pub(super) commits_only: bool,
    /// The file that says which commits are here without their parents.
    pub(super) shallow_file: PathBuf,
}

impl Session {
    /// Greets the remote. Blocks: the runtime's own threads must not call it.
    pub(super) fn open(connection: &Arc<Connection>, runtime: Handle) -> Result<Self, GitError> {
        let (wire, failure) = Wire::new(Arc::clone(connection), runtime);
        let fault = |error: &gix::Error| fault(connection, &failure, error);
        let url = gix::url::parse(connection.url().as_str()).map_err(|error| fault(&error))?;
        let mut transport = connect_http(wire, url, Protocol::V2, false);
        // The connection has sent the token already: there is nothing to ask.
        let handshake = protocol::handshake(
            &mut transport,
            Service::UploadPack,
            |_| Ok(None),
            Vec::new(),
            &mut Discard,
        )
        .map_err(|error| fault(&error))?;
        Ok(Self { connection: Arc::clone(connection), transport, handshake, failure })
    }

    /// All branches, and the one that HEAD names.
    pub(super) fn heads(mut self) -> Result<Remote, GitError> {
        let refs = if let Some(refs) = self.handshake.refs.take() {
            refs
        } else {
            let mut prefixes = RefPrefixes::new();
            prefixes.extend(["HEAD".into(), HEADS.into()]);
            LsRefsCommand::new(Some(prefixes), &self.handshake.capabilities, agent())
                .invoke_blocking(&mut self.transport, &mut Discard, false)
                .map_err(|error| self.fault(&error))?
        };
        let mut remote = Remote { heads: BTreeMap::new(), default_branch: None };
        for reference in refs {
            let (name, commit) = match reference {
                Ref::Direct { full_ref_name, object } => (full_ref_name, object),
                Ref::Symbolic { full_ref_name, target, object, .. } => {
                    if full_ref_name == "HEAD" {
                        remote.default_branch = branch(&target);
                    }
                    (full_ref_name, object)
                }
                Ref::Unborn { full_ref_name, target } => {
                    if full_ref_name == "HEAD" {
                        remote.default_branch = branch(&target);
                    }
                    continue;
                }
                // A branch that names a tag has no commit that could be a lease.
                Ref::Peeled { .. } => continue,
            };
            if let Some(name) = branch(&name) {
                remote.heads.insert(name, commit_id(commit)?);
            }
        }
        Ok(remote)
    }

    /// Fetches into the store.
    pub(super) fn fetch(
        mut self,
        repository: &gix::Repository,
        wanted: &Wanted<'_>,
    ) -> Result<(), GitError> {
        let packs = repository.common_dir().join("objects/pack");
        let bases = repository.objects.clone().into_inner();
        let result = protocol::fetch(
            &mut Exact { wanted },
            |pack, progress, interrupt| {
                gix::odb::pack::Bundle::write_to_directory(
                    pack,
                    Some(&packs),
                    progress,
                    interrupt,
                    Some(bases),
                    repository.object_hash(),
                    gix::odb::pack::bundle::write::Options::default(),
                )
                .map(|_| true)
            },
            Discard,
            &AtomicBool::new(false),
            Context {
                handshake: &mut self.handshake,
                transport: &mut self.transport,
                user_agent: agent(),
                trace_packetlines: false,
            },
            Options {
                shallow_file: wanted.shallow_file.clone(),
                shallow: &Shallow::DepthAtRemote(wanted.depth),
                tags: Tags::None,
                reject_shallow_remote: false,
            },
        );
        match result {
            Ok(_) => Ok(()),
            Err(error) => match not_there(&reason(&error)) {
                Some(commit) => Err(GitError::NoCommit { commit }),
                None => Err(self.fault(&error)),
            },
        }
    }

    fn fault(&self, error: &gix::Error) -> GitError {
        fault(&self.connection, &self.failure, error)
    }
}

/// Our own error from below gix, if there is one; else gix did not understand
/// the answer.
fn fault(connection: &Connection, failure: &Failure, error: &gix::Error) -> GitError {
    let own = Rc::clone(failure).borrow_mut().take();
    own.unwrap_or_else(|| connection.malformed(connection.words.line(reason(error).as_bytes())))
}

/// A negotiation that wants just these commits and is done in one round.
struct Exact<'a> {
    wanted: &'a Wanted<'a>,
}

impl Negotiate for Exact<'_> {
    fn mark_complete_and_common_ref(&mut self) -> gix::Result<Action> {
        Ok(Action::MustNegotiate { remote_ref_target_known: Vec::new() })
    }

    fn add_wants(&mut self, arguments: &mut Arguments, _known: &[bool]) -> bool {
        for commit in self.wanted.commits {
            arguments.want(commit);
        }
        if self.wanted.commits_only && arguments.can_use_filter() {
            arguments.filter("tree:0");
        }
        !self.wanted.commits.is_empty()
    }

    fn one_round(
        &mut self,
        _state: &mut one_round::State,
        arguments: &mut Arguments,
        _previous: Option<&Response>,
    ) -> gix::Result<(Round, bool)> {
        for commit in self.wanted.haves {
            arguments.have(commit);
        }
        let haves = self.wanted.haves.len();
        let round = Round {
            haves_sent: haves,
            in_vain: 0,
            haves_to_send: haves,
            previous_response_had_at_least_one_in_common: false,
        };
        Ok((round, true))
    }
}

fn agent() -> protocol::command::Feature {
    ("agent", Some(concat!("flux-image-updates/", env!("CARGO_PKG_VERSION")).to_owned()))
}

/// The branch's short name; one that is no text cannot be asked for either.
fn branch(name: &[u8]) -> Option<String> {
    name.to_str().ok()?.strip_prefix(HEADS).map(str::to_owned)
}

/// The commit that the remote says it does not have.
fn not_there(words: &str) -> Option<CommitId> {
    let (_, rest) = words.split_once("not our ref ")?;
    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
    CommitId::new(&rest[..end])
}
