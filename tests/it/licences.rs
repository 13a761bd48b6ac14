//! What is linked into the program: licences, origin, and what must not come in.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;

/// Licences that may be passed on under Apache-2.0 without a further duty than
/// their notice. Alternatives that nobody has to choose are not listed.
const LICENCES: [&str; 9] = [
    "Apache-2.0",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// TLS is rustls with ring, Git is gix: nothing of C's OpenSSL, aws-lc or libgit2.
const BANNED: [&str; 8] = [
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "git2",
    "libgit2-sys",
    "native-tls",
    "openssl",
    "openssl-sys", // `openssl-probe` only looks for folders of certificates
];

/// A second version would be a second pool of connections or a second TLS stack.
const ONCE: [&str; 4] = ["hyper", "reqwest", "rustls", "tokio"];

/// What the released programs are built for.
const TARGETS: [&str; 3] =
    ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Everything that is wrong with the packages, one line each.
fn judge(metadata: &Metadata) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Package { id, name, version, license, source } in &metadata.packages {
        let ours = metadata.workspace_members.contains(id);
        if !ours && source.as_deref() != Some(REGISTRY) {
            wrong.push(format!("{name} {version} does not come from crates.io: {source:?}"));
        }
        match license.as_deref() {
            None => wrong.push(format!("{name} {version} names no licence")),
            Some(license) if !may_be_used(license) => {
                wrong.push(format!("{name} {version} is under `{license}`"));
            }
            Some(_) => {}
        }
        if BANNED.contains(&name.as_str()) {
            wrong.push(format!("{name} {version} is banned"));
        }
        versions.entry(name).or_default().insert(version);
    }
    for name in ONCE {
        if let Some(many) = versions.get(name).filter(|versions| versions.len() > 1) {
            wrong.push(format!("{name} is linked more than once: {many:?}"));
        }
    }
    wrong
}

/// Reads an SPDX expression, the old `MIT/Apache-2.0` included. What cannot be
/// read may not be used.
fn may_be_used(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

/// `OR` binds less than `AND`.
fn any_of(rest: &mut &[&str]) -> Option<bool> {
    let mut usable = all_of(rest)?;
    while let Some((&"OR", tail)) = rest.split_first() {
        *rest = tail;
        usable |= all_of(rest)?;
    }
    Some(usable)
}

fn all_of(rest: &mut &[&str]) -> Option<bool> {
    let mut usable = licence(rest)?;
    while let Some((&"AND", tail)) = rest.split_first() {
        *rest = tail;
        usable &= licence(rest)?;
    }
    Some(usable)
}

/// One name, or a group in parentheses. An exception (`WITH`) only adds rights.
fn licence(rest: &mut &[&str]) -> Option<bool> {
    let (&first, tail) = rest.split_first()?;
    *rest = tail;
    if first == "(" {
        let usable = any_of(rest)?;
        let (&")", tail) = rest.split_first()? else { return None };
        *rest = tail;
        return Some(usable);
    }
    if let ["WITH", _, tail @ ..] = *rest {
        *rest = tail;
    }
    Some(LICENCES.contains(&first))
}

#[test]
fn nothing_is_linked_that_must_not_be() {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(TARGETS.iter().flat_map(|target| ["--filter-platform", target]))
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {why}");
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    assert!(metadata.packages.len() > 100, "the dependencies are missing");
    assert_eq!(judge(&metadata), Vec::<String>::new());
}

#[test]
fn what_must_not_be_linked_is_found() {
    let package =
        |name: &str, version: &str, license: Option<&str>, source: Option<&str>| Package {
            id: format!("{name}@{version}"),
            name: name.to_owned(),
            version: version.to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
        };
    let good = Some(REGISTRY);
    let fork = Some("git+https://example.com/fork#0123456");
    let metadata = Metadata {
        workspace_members: vec!["ours@0.1.0".to_owned()],
        packages: vec![
            package("ours", "0.1.0", Some("Apache-2.0"), None),
            package("fine", "1.0.0", Some("MIT/Apache-2.0"), good),
            package("openssl-probe", "0.2.0", Some("MIT"), good),
            package("copyleft", "1.0.0", Some("MIT AND GPL-3.0-only"), good),
            package("nameless", "1.0.0", None, good),
            package("forked", "1.0.0", Some("MIT"), fork),
            package("patched", "1.0.0", Some("MIT"), None),
            package("openssl-sys", "0.9.0", Some("MIT"), good),
            package("rustls", "0.21.0", Some("MIT"), good),
            package("rustls", "0.23.0", Some("MIT"), good),
        ],
    };
    assert_eq!(
        judge(&metadata),
        [
            "copyleft 1.0.0 is under `MIT AND GPL-3.0-only`".to_owned(),
            "nameless 1.0.0 names no licence".to_owned(),
            format!("forked 1.0.0 does not come from crates.io: {fork:?}"),
            "patched 1.0.0 does not come from crates.io: None".to_owned(),
            "openssl-sys 0.9.0 is banned".to_owned(),
            r#"rustls is linked more than once: {"0.21.0", "0.23.0"}"#.to_owned(),
        ]
    );
}

#[test]
fn licence_expressions_are_read() {
    let rows = [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("Unlicense/MIT", true),
        ("GPL-3.0-only OR MIT", true),
        ("Apache-2.0 AND ISC", true),
        ("(MIT OR GPL-2.0-only) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT OR Apache-2.0 AND GPL-3.0-only", true), // AND binds first
        ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
        ("GPL-3.0-only WITH MIT", false),
        ("(MIT", false),
        ("MIT Apache-2.0", false),
        ("MIT OR", false),
        ("", false),
    ];
    for (expression, usable) in rows {
        assert_eq!(may_be_used(expression), usable, "{expression:?}");
    }
}
