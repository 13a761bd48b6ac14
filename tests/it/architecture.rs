//! The core does not know the shell, and the arrows inside it go one way.

use std::path::{Path, PathBuf};

/// The core's rooms, each with those it may know.
const CORE: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("foreign", &[]),
    ("tree", &[]),
    ("oci", &["diagnostic"]),
    ("yaml", &["diagnostic", "tree"]),
    ("policy", &["diagnostic", "oci"]),
    ("flux", &["diagnostic", "tree", "yaml", "oci", "policy"]),
    ("setters", &["diagnostic", "tree", "yaml", "oci", "flux"]),
    ("template", &["diagnostic", "oci", "policy", "flux", "setters"]),
    (
        "proposal",
        &["diagnostic", "tree", "oci", "policy", "flux", "setters", "template", "foreign"],
    ),
];

/// The shell's rooms, each with the shell's rooms that it may know.
const SHELL: &[(&str, &[&str])] = &[
    ("http", &[]),
    ("credentials", &["http"]),
    ("registry", &["http", "credentials"]),
    ("git", &["http"]),
    ("github", &["http"]),
    ("signing", &[]),
];

/// What touches the world, or waits for it.
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "tokio::",
    "reqwest::",
    "gix::",
    "octocrab::",
    "tracing::",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "println!",
    "eprintln!",
];

/// What is wrong with a core room's line.
fn fault(line: &str, room: &str, known: &[&str]) -> Option<String> {
    let code = line.split("//").next().unwrap_or_default();
    if let Some(word) = IMPURE.iter().find(|word| code.contains(**word)) {
        return Some(format!("`{word}` in the core"));
    }
    strangers(code, room, known)
}

/// A room that the line names and must not know.
fn strangers(code: &str, room: &str, known: &[&str]) -> Option<String> {
    let mut rest = code;
    while let Some(at) = rest.find("crate::") {
        rest = &rest[at + "crate::".len()..];
        let name: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let is_room = name.starts_with(|c: char| c.is_ascii_lowercase());
        if is_room && name != room && !known.contains(&name.as_str()) {
            return Some(format!("`{room}` must not know `{name}`"));
        }
    }
    None
}

/// The room's files without their tests, as lines.
fn lines(room: &str) -> Vec<(PathBuf, usize, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.join(format!("{room}.rs"))];
    let mut folders = vec![source.join(room)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let mut lines = Vec::new();
    for file in files.into_iter().filter(|file| file.exists()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let numbered = flattened(code);
        lines.extend(numbered.into_iter().map(|(number, line)| (file.clone(), number, line)));
    }
    assert!(!lines.is_empty(), "there is no room `{room}`");
    lines
}

/// `use crate::{a, b::c}` over several lines as one `crate::` for each part.
fn flattened(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    for (index, line) in code.lines().enumerate() {
        let trimmed = line.trim();
        if depth == 0 && trimmed.ends_with("use crate::{") {
            depth = 1;
            continue;
        }
        if depth == 0 {
            let one_line = trimmed.strip_prefix("use crate::{").and_then(|l| l.strip_suffix("};"));
            match one_line {
                Some(parts) => {
                    for part in parts.split(", ") {
                        out.push((index + 1, format!("use crate::{part}")));
                    }
                }
                None => out.push((index + 1, line.to_owned())),
            }
            continue;
        }
        if depth == 1 && !trimmed.starts_with('}') {
            for part in top_level(trimmed) {
                out.push((index + 1, format!("use crate::{part}")));
            }
        }
        depth += trimmed.matches('{').count();
        depth = depth.saturating_sub(trimmed.matches('}').count());
    }
    out
}

fn top_level(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in line.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(line[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(line[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[test]
fn the_core_knows_neither_the_shell_nor_the_world() {
    let mut faults = Vec::new();
    for (room, known) in CORE {
        for (file, number, line) in lines(room) {
            if let Some(fault) = fault(&line, room, known) {
                faults.push(format!("{}:{number}: {fault}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_shells_rooms_share_only_http() {
    let core: Vec<&str> = CORE.iter().map(|(room, _)| *room).collect();
    let mut faults = Vec::new();
    for (room, known) in SHELL {
        let known: Vec<&str> = core.iter().chain(*known).copied().collect();
        for (file, number, line) in lines(room) {
            if let Some(fault) = strangers(&line, room, &known) {
                faults.push(format!("{}:{number}: {fault}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_judge_sees_what_it_looks_for() {
    for (line, bad) in [
        ("use crate::registry::Tags;", true),
        ("    let text = std::fs::read_to_string(path);", true),
        ("pub async fn x() {", true),
        ("use crate::oci::Tag; // std::fs", false),
        ("use crate::diagnostic::Code;", false),
    ] {
        assert_eq!(fault(line, "policy", &["oci", "diagnostic"]).is_some(), bad, "{line}");
    }
    let several = "use crate::{\n    http::Secret,\n    oci::{Digest, Tag},\n};\n";
    let found: Vec<_> =
        flattened(several).iter().filter_map(|(_, l)| fault(l, "policy", &["oci"])).collect();
    assert_eq!(found, ["`policy` must not know `http`"]);
}
