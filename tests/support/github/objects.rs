//! Git's objects, as the Git Data API makes them.
//!
//! A tree is kept whole, path by path; its name is nevertheless the one that
//! Git would give it.

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::{
    answer::{Answer, Call},
    permissions::Kind,
    repository::Repository,
};

/// Path → mode and blob.
pub type Tree = BTreeMap<String, (String, String)>;

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    pub tree: String,
    pub parents: Vec<String>,
    pub message: String,
}

/// Everything that has been stored.
#[derive(Debug, Default)]
pub struct Objects {
    pub blobs: HashMap<String, Vec<u8>>,
    pub trees: HashMap<String, Tree>,
    pub commits: HashMap<String, Commit>,
    /// Commits that GitHub shows as verified.
    pub signed: HashSet<String>,
}

impl Objects {
    pub fn store_blob(&mut self, bytes: Vec<u8>) -> String {
        let name = name("blob", &bytes);
        self.blobs.insert(name.clone(), bytes);
        name
    }

    pub fn store_tree(&mut self, tree: Tree) -> String {
        let entries =
            tree.iter().map(|(path, (mode, blob))| (path.as_str(), mode.as_str(), blob.as_str()));
        let name = name_of_tree(entries.collect());
        self.trees.insert(name.clone(), tree);
        name
    }

    pub fn store_commit(&mut self, commit: Commit) -> String {
        let parents: Vec<String> =
            commit.parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let parents = parents.concat();
        let text =
            format!("tree {}\n{parents}author x\ncommitter x\n\n{}", commit.tree, commit.message);
        let name = name("commit", text.as_bytes());
        self.commits.insert(name.clone(), commit);
        name
    }

    /// A commit that puts files over its parent's.
    pub fn commit_files(&mut self, parent: Option<&str>, files: &[(&str, &str)]) -> String {
        let tree = parent.and_then(|parent| self.trees.get(&self.commits.get(parent)?.tree));
        let mut tree = tree.cloned().unwrap_or_default();
        for (path, text) in files {
            let blob = self.store_blob(text.as_bytes().to_vec());
            tree.insert((*path).to_owned(), ("100644".to_owned(), blob));
        }
        let tree = self.store_tree(tree);
        let parents = parent.map(str::to_owned).into_iter().collect();
        let message = format!("Change {} files", files.len());
        self.store_commit(Commit { tree, parents, message })
    }

    /// Whether `commit` is `of` or one of its ancestors, as far as the
    /// commits are here.
    pub fn is_ancestor(&self, commit: &str, of: &str) -> bool {
        let mut waiting = vec![of];
        while let Some(next) = waiting.pop() {
            if next == commit {
                return true;
            }
            let parents = self.commits.get(next).into_iter().flat_map(|commit| &commit.parents);
            waiting.extend(parents.map(String::as_str));
        }
        false
    }

    /// The bytes of a file of a commit.
    pub fn file(&self, commit: &str, path: &str) -> Option<&[u8]> {
        let (_, blob) = self.trees.get(&self.commits.get(commit)?.tree)?.get(path)?;
        self.blobs.get(blob).map(Vec::as_slice)
    }
}

fn name(kind: &str, bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", bytes.len()));
    hash.update(bytes);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Git's name of a tree of these files; folders become trees of their own.
fn name_of_tree(entries: Vec<(&str, &str, &str)>) -> String {
    let mut folders: BTreeMap<&str, Vec<(&str, &str, &str)>> = BTreeMap::new();
    let mut own: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (path, mode, blob) in entries {
        match path.split_once('/') {
            Some((folder, rest)) => folders.entry(folder).or_default().push((rest, mode, blob)),
            None => drop(own.insert(path.to_owned(), (format!("{mode} {path}"), blob.to_owned()))),
        }
    }
    for (folder, entries) in folders {
        // Git sorts a folder as if its name ended in a slash.
        own.insert(format!("{folder}/"), (format!("40000 {folder}"), name_of_tree(entries)));
    }
    let mut bytes = Vec::new();
    for (head, object) in own.values() {
        bytes.extend(head.as_bytes());
        bytes.push(0);
        bytes.extend(
            (0..object.len() / 2)
                .map(|at| u8::from_str_radix(&object[at * 2..at * 2 + 2], 16).unwrap_or_default()),
        );
    }
    name("tree", &bytes)
}

impl Repository {
    pub fn create_blob(&mut self, call: &Call) -> Answer {
        let content = call.text("content").unwrap_or_default();
        let bytes = match call.text("encoding") {
            Some("base64") => match BASE64_STANDARD.decode(content) {
                Ok(bytes) => bytes,
                Err(_) => return Answer::custom("Blob", "content", "content is not valid Base64"),
            },
            _ => content.as_bytes().to_vec(),
        };
        let sha = self.put_blob(bytes);
        let url = format!("{}/repos/{}/git/blobs/{sha}", call.api, self.full_name());
        Answer::of(201, "short-blob", json!({ "sha": sha, "url": url }))
    }

    pub fn create_tree(&mut self, call: &Call) -> Answer {
        let entries: Vec<(String, String, String)> = call.body["tree"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
                (text("mode"), text("sha"), text("path"))
            })
            .collect();
        let sha = match self.put_tree(call.text("base_tree"), &entries) {
            Ok(sha) => sha,
            Err(refusal) => return Answer::refusal(422, refusal),
        };
        let entries: Vec<Value> = entries
            .iter()
            .map(|(mode, sha, path)| json!({ "path": path, "mode": mode, "type": "blob", "sha": sha }))
            .collect();
        let url = format!("{}/repos/{}/git/trees/{sha}", call.api, self.full_name());
        Answer::of(
            201,
            "git-tree",
            json!({ "sha": sha, "url": url, "tree": entries, "truncated": false }),
        )
    }

    pub fn create_commit(&mut self, call: &Call) -> Answer {
        let tree = call.text("tree").unwrap_or_default().to_owned();
        let parents = call.texts("parents");
        if let Some(absent) = parents.iter().find(|parent| self.commit_of(parent).is_none()) {
            return Answer::refusal(
                422,
                format!("Parent SHA does not exist or is not a commit object: {absent}"),
            );
        }
        // GitHub signs only what it fills in itself, for an App.
        let app = call.token.as_ref().is_some_and(|token| token.kind == Kind::Integration);
        let signed =
            app && call.body.get("author").is_none() && call.body.get("committer").is_none();
        let message = call.text("message").unwrap_or_default().to_owned();
        let sha = self.put_commit(Commit { tree, parents, message }, &call.login(), signed);
        self.describe_commit(call, 201, &sha)
    }

    pub fn get_commit(&self, call: &Call) -> Answer {
        self.describe_commit(call, 200, call.parameter("commit_sha"))
    }

    fn describe_commit(&self, call: &Call, status: u16, sha: &str) -> Answer {
        let Some(commit) = self.commit_of(sha) else { return Answer::not_found() };
        let signature = self.signature_of(sha);
        let reason = match &signature {
            _ if self.objects.signed.contains(sha) => "valid",
            Some(_) => self.signatures,
            None => "unsigned",
        };
        let git = format!("{}/repos/{}/git", call.api, self.full_name());
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|parent| json!({ "sha": parent, "url": format!("{git}/commits/{parent}"), "html_url": format!("{}/commit/{parent}", call.server) }))
            .collect();
        let person = json!({ "name": call.login(), "email": "noreply@github.com", "date": "2026-01-01T00:00:00Z" });
        Answer::of(
            status,
            "git-commit",
            json!({
                "sha": sha,
                "url": format!("{git}/commits/{sha}"),
                "author": person,
                "committer": person,
                "message": commit.message,
                "tree": { "sha": commit.tree, "url": format!("{git}/trees/{}", commit.tree) },
                "parents": parents,
                "verification": {
                    "verified": reason == "valid",
                    "reason": reason,
                    "signature": signature,
                    "payload": signature.as_ref().map(|_| commit.message.clone()),
                    "verified_at": (reason == "valid").then_some("2026-01-01T00:00:00Z"),
                },
            }),
        )
    }

    pub fn get_ref(&self, call: &Call) -> Answer {
        let reference = call.parameter("ref");
        let Some(sha) = reference.strip_prefix("heads/").and_then(|branch| self.heads.get(branch))
        else {
            return Answer::not_found();
        };
        let git = format!("{}/repos/{}/git", call.api, self.full_name());
        Answer::of(
            200,
            "git-ref",
            json!({
                "ref": format!("refs/{reference}"),
                "url": format!("{git}/refs/{reference}"),
                "object": { "type": "commit", "sha": sha, "url": format!("{git}/commits/{sha}") },
            }),
        )
    }
}
