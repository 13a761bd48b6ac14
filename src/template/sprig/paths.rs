//! Paths with slashes. `os…` is the same: Flux runs on Linux.

use crate::template::functions::{Function, Type::Str};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base", &[Str], |args, _| Ok(base(args.str(0)).into())),
    Function::new("osBase", &[Str], |args, _| Ok(base(args.str(0)).into())),
    Function::new("dir", &[Str], |args, _| Ok(dir(args.str(0)).into())),
    Function::new("osDir", &[Str], |args, _| Ok(dir(args.str(0)).into())),
    Function::new("clean", &[Str], |args, _| Ok(clean(args.str(0)).into())),
    Function::new("osClean", &[Str], |args, _| Ok(clean(args.str(0)).into())),
    Function::new("ext", &[Str], |args, _| Ok(ext(args.str(0)).into())),
    Function::new("osExt", &[Str], |args, _| Ok(ext(args.str(0)).into())),
    Function::new("isAbs", &[Str], |args, _| Ok(args.str(0).starts_with('/').into())),
    Function::new("osIsAbs", &[Str], |args, _| Ok(args.str(0).starts_with('/').into())),
];

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |dot| &name[dot..])
}

/// The shortest path that means the same, without looking at any disk.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    match (rooted, path.is_empty()) {
        (true, _) => format!("/{path}"),
        (false, true) => ".".to_owned(),
        (false, false) => path,
    }
}
