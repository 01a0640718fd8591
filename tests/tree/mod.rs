//! The project's own files, for the tests that walk them.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the project.
#[derive(Debug)]
pub(crate) struct Text {
    /// Its path below the project's root, with `/` between the parts.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` whose name ends in one of `endings`, by path; none where there is no such folder.
pub(crate) fn files(folder: &str, endings: &[&str]) -> Vec<Text> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    let mut files: Vec<Text> = paths
        .into_iter()
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .map(|path| read(&path))
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// One file that must be there.
pub(crate) fn read(path: &Path) -> Text {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    Text { path, text }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, out) } else { out.push(path) }
    }
}
