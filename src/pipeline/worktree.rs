//! `plan --worktree`: the files as they lie, committed or not.
#![expect(clippy::disallowed_methods, reason = "reading the work tree is what it is for")]

use std::{fs, io, path::Path};

use crate::{
    diagnostic::{Code, Diagnostic},
    git::{BLOB_CAP, Files},
    setters,
    tree::{RepoPath, SourceFile},
};

/// Every file below the root that may hold an object or a marker. Git's own
/// folder, symbolic links and what is no regular file are left out.
///
/// `root` is `--path`, or what stands in for it; without, the current folder.
pub(super) fn read(root: Option<&Path>) -> Result<Files, Diagnostic> {
    let root = root.unwrap_or(Path::new("."));
    let mut files = Files::default();
    let mut folders = vec![RepoPath::root()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(folder.as_str())).map_err(|e| unread(&folder, &e))?;
        for entry in entries {
            let entry = entry.map_err(|error| unread(&folder, &error))?;
            let kind = entry.file_type().map_err(|error| unread(&folder, &error))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = folder.join(&name);
            if kind.is_dir() && name != ".git" {
                folders.push(path);
            } else if kind.is_file() {
                file(&entry.path(), path, &mut files)?;
            }
        }
    }
    files.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Whether the work tree has a file or folder of this path.
pub(super) fn has(root: Option<&Path>, path: &RepoPath) -> bool {
    root.unwrap_or(Path::new(".")).join(path.as_str()).exists()
}

fn file(at: &Path, path: RepoPath, files: &mut Files) -> Result<(), Diagnostic> {
    // Objects and markers stand in files of the same names.
    if !setters::is_read(&path) {
        return Ok(());
    }
    let size = fs::metadata(at).map_err(|error| unread(&path, &error))?.len();
    if size > BLOB_CAP {
        files.too_large.push((path, size));
        return Ok(());
    }
    let bytes = fs::read(at).map_err(|error| unread(&path, &error))?;
    files.found.push(SourceFile { path, bytes: bytes.into() });
    Ok(())
}

fn unread(path: &RepoPath, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Code::RemoteUnreadable, format!("`{path}` cannot be read: {error}"))
        .hint("see that `--path` names the root of the checkout, and that you may read it")
}
