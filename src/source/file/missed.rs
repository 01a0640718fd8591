//! Files that were rotated away before anybody looked at them: a log that rotates twice between two looks leaves a
//! file that never had the watched name when it was looked at. It is found among the siblings.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::pattern::parent_of;
use crate::extent::FileId;

/// The rotated siblings of `path` (`app.log.1`, `app.log-20261121`) that are not `known` and are newer than `old`, the
/// file that had the name when it was last looked at. Oldest first.
pub(super) fn newer_siblings(path: &Path, old: &Metadata, known: &HashSet<FileId>) -> Vec<PathBuf> {
    let Some(name) = path.file_name() else { return Vec::new() };
    let entries = fs::read_dir(parent_of(path)).into_iter().flatten().flatten();
    let candidates = entries.filter(|entry| is_rotated(entry.file_name().as_encoded_bytes(), name.as_encoded_bytes()));
    let mut newer: Vec<_> = candidates
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            let is_new = metadata.is_file() && !known.contains(&FileId::of(&metadata)) && is_newer(&metadata, old);
            is_new.then(|| (metadata.created().ok(), metadata.modified().ok(), entry.path()))
        })
        .collect();
    newer.sort();
    newer.into_iter().map(|(_, _, path)| path).collect()
}

/// Whether `name` is `base`, a separator, and nothing but a number or a date.
fn is_rotated(name: &[u8], base: &[u8]) -> bool {
    let suffix = name.strip_prefix(base).and_then(|rest| rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b"-")));
    suffix.is_some_and(|suffix| {
        suffix.first().is_some_and(u8::is_ascii_digit)
            && suffix.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'T'))
    })
}

/// Whether a file was made and written to after another one. Equal times count: clocks of file systems are coarse.
fn is_newer(file: &Metadata, than: &Metadata) -> bool {
    let is_written_later = matches!((file.modified(), than.modified()), (Ok(file), Ok(than)) if file >= than);
    let is_made_earlier = matches!((file.created(), than.created()), (Ok(file), Ok(than)) if file < than);
    is_written_later && !is_made_earlier
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn only_newer_rotated_siblings_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let day = |number: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(number * 86_400);
        let days = [("app.log", 10), ("app.log.3", 12), ("app.log.2", 11), ("app.log-20261121", 13), ("app.log.9", 9)];
        let others = [("app.log.gz", 12), ("app.log.err", 12), ("app.log2", 12), ("web.log.1", 12), ("app.log.1", 12)];
        // The watched file is made first: a sibling that is older than it was rotated before.
        for (name, number) in days.into_iter().chain(others) {
            File::create(path(name)).unwrap().set_modified(day(number)).unwrap();
        }
        let old = fs::metadata(path("app.log")).unwrap();
        let known = [FileId::of(&fs::metadata(path("app.log.1")).unwrap())].into();
        let mut found = newer_siblings(&path("app.log"), &old, &known);
        found.sort();
        assert_eq!(found, [path("app.log-20261121"), path("app.log.2"), path("app.log.3")]);
    }
}
