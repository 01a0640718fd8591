//! What the user named: one path or a glob. Finds the files it means at the moment, the folders worth watching, and
//! how each file is labelled.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::SourceError;

/// A glob that means more files than this is read only this far.
pub(super) const MAX_FILES: usize = 10_000;

/// A path, or a glob over paths.
#[derive(Clone, Debug)]
pub(super) struct PathPattern {
    text: String,
    is_glob: bool,
}

/// What a pattern means at the moment.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// Names that exist, in alphabetical order.
    pub(super) paths: Vec<PathBuf>,
    /// Folders that could not be listed, and why.
    pub(super) problems: Vec<(PathBuf, io::Error)>,
}

impl PathPattern {
    /// Takes a path or a glob as a user writes it. A glob is one that has `*`, `?` or `[` in it; whether a file has
    /// just that name is looked up by [`Self::settle`].
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        if text.is_empty() {
            return Err(SourceError::Spec(
                "a file's name is missing; write a path or a glob: app.log, logs/*.log".into(),
            ));
        }
        let text = expand_home(text);
        let is_glob = text.contains(['*', '?', '[']);
        if is_glob && let Err(error) = glob::Pattern::new(&text) {
            return Err(SourceError::Spec(format!("`{text}` is not a glob: {error}")));
        }
        Ok(Self { text, is_glob })
    }

    /// Looks whether a file is called exactly like the glob, brackets and all; then that file is meant.
    pub(super) fn settle(mut self) -> Self {
        self.is_glob &= fs::symlink_metadata(&self.text).is_err();
        self
    }

    /// Whether it can mean several files.
    pub(super) fn is_glob(&self) -> bool {
        self.is_glob
    }

    /// As the user wrote it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The path, which has no wildcard unless [`Self::is_glob`].
    pub(super) fn path(&self) -> &Path {
        Path::new(&self.text)
    }

    /// What to call the source: the file's name, or the glob.
    pub(super) fn label(&self) -> String {
        if self.is_glob {
            return self.text.clone();
        }
        self.path().file_name().map_or_else(|| self.text.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// The names that exist and match. Hidden files match only where the pattern's last part begins with a dot.
    pub(super) fn expand(&self) -> Matches {
        let mut matches = Matches::default();
        if !self.is_glob {
            matches.paths.extend(fs::symlink_metadata(&self.text).is_ok().then(|| self.path().to_owned()));
            return matches;
        }
        let shows_hidden = self.text.rsplit('/').next().is_some_and(|last| last.starts_with('.'));
        for found in glob::glob(&self.text).into_iter().flatten() {
            match found {
                Ok(path) if shows_hidden || !is_hidden(&path) => matches.paths.push(path),
                Ok(_) => {}
                Err(error) => matches.problems.push((error.path().to_owned(), error.into())),
            }
            if matches.paths.len() == MAX_FILES {
                break;
            }
        }
        matches
    }

    /// The label of one file among several, `None` for a single path: the file's name, or, where names may repeat
    /// because the glob reaches into several folders, the path below the part without wildcards.
    pub(super) fn origin(&self, path: &Path) -> Option<Arc<str>> {
        if !self.is_glob {
            return None;
        }
        let relative = path.strip_prefix(self.fixed_folder()).unwrap_or(path);
        Some(relative.to_string_lossy().into())
    }

    /// The nearest folder that exists on the way to what the pattern means: where something must appear first.
    pub(super) fn watch_root(&self) -> PathBuf {
        let folder = if self.is_glob { self.fixed_folder() } else { parent_of(self.path()) };
        let nearest = folder.ancestors().find(|folder| !folder.as_os_str().is_empty() && folder.is_dir());
        nearest.unwrap_or(Path::new(".")).to_owned()
    }

    /// The folders in front of the first wildcard.
    fn fixed_folder(&self) -> &Path {
        let wildcard = self.text.find(['*', '?', '[']).unwrap_or(self.text.len());
        let fixed = self.text.get(..wildcard).unwrap_or_default();
        let end = fixed.rfind('/').map_or(0, |slash| slash + 1);
        Path::new(fixed.get(..end).unwrap_or_default())
    }
}

/// The folder that `path` lies in; `.` for a bare name.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// A leading `~/`, which no shell expands behind `file:` or in a config file.
fn expand_home(text: &str) -> String {
    let home = text.strip_prefix("~/").and_then(|rest| Some((directories::BaseDirs::new()?, rest)));
    let expanded = home.map(|(folders, rest)| folders.home_dir().join(OsStr::new(rest)));
    expanded.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(folder: &Path, text: &str) -> PathPattern {
        PathPattern::parse(&format!("{}/{text}", folder.display())).unwrap().settle()
    }

    #[test]
    fn a_glob_means_what_exists_and_labels_it_below_its_fixed_part() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("web/old")).unwrap();
        for name in ["a.log", "b.log", ".hidden.log", "c.txt", "web/a.log", "web/old/a.log"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let cases: &[(&str, &[&str])] = &[
            ("*.log", &["a.log", "b.log"]),
            (".*.log", &[".hidden.log"]),
            ("w*/*.log", &["web/a.log"]),
            ("**/a.log", &["a.log", "web/a.log", "web/old/a.log"]),
            ("web/**/*.log", &["a.log", "old/a.log"]),
            ("none/*.log", &[]),
        ];
        for (text, expected) in cases {
            let pattern = pattern(folder.path(), text);
            let origins: Vec<_> = pattern.expand().paths.iter().filter_map(|path| pattern.origin(path)).collect();
            assert_eq!(origins.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), *expected, "{text}");
        }
    }

    #[test]
    fn a_file_whose_name_looks_like_a_glob_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a[1].log"), "").unwrap();
        let pattern = pattern(folder.path(), "a[1].log");
        assert!(!pattern.is_glob());
        assert_eq!(pattern.label(), "a[1].log");
        assert_eq!(pattern.expand().paths.len(), 1);
    }

    #[test]
    fn the_watch_root_is_the_nearest_folder_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["deep/dir/*.log", "deep/dir/app.log", "*.log", "app.log"] {
            assert_eq!(pattern(folder.path(), text).watch_root(), folder.path(), "{text}");
        }
        assert_eq!(PathPattern::parse("app.log").unwrap().watch_root(), Path::new("."));
        assert_eq!(PathPattern::parse("*.log").unwrap().watch_root(), Path::new("."));
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_a_reason() {
        for (text, expected) in [("", "missing"), ("a/***/b", "not a glob")] {
            let error = PathPattern::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
