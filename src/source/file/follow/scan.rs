//! Looking at names: which files are new, which have another name now, and which have none any more.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Follower;
use crate::extent::FileId;
use crate::source::file::followed::Followed;
use crate::source::file::missed::newer_siblings;
use crate::source::file::tail::Tail;

impl Follower {
    /// Looks at all names: finds files that are new, that have a new name, and that have none any more.
    pub(super) fn scan(&mut self) {
        let matches = self.pattern.expand();
        self.reporter.begin_scan(matches.problems);
        let known: HashMap<FileId, usize> = self.files.iter().enumerate().map(|(idx, file)| (file.id(), idx)).collect();
        let mut names: HashMap<usize, PathBuf> = HashMap::new();
        let mut found = HashSet::new();
        let mut new = Vec::new();
        for path in matches.paths {
            let metadata = match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => metadata,
                Ok(_) => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.reporter.problem(&path, &error);
                    continue;
                }
            };
            let id = FileId::of(&metadata);
            let is_first_name = found.insert(id);
            match known.get(&id).and_then(|idx| Some((*idx, self.files.get_mut(*idx)?))) {
                Some((idx, file)) => {
                    file.look(&metadata);
                    // A file of several names keeps the one it has.
                    if is_first_name || path == file.tail.path() {
                        names.insert(idx, path);
                    }
                }
                None if is_first_name => new.push((path, id)),
                None => {}
            }
        }
        self.refused.retain(|id| found.contains(id));
        let orphans = self.rename(names);
        for (path, id) in new {
            self.add(&path, id, &orphans, &found);
        }
        self.reporter.end_scan(self.files.iter().filter(|file| file.retired.is_none()).count());
    }

    /// Gives the known files the names they have now. Returns the files without one, by the name they had.
    fn rename(&mut self, mut names: HashMap<usize, PathBuf>) -> HashMap<PathBuf, FileId> {
        let mut orphans = HashMap::new();
        for (idx, file) in self.files.iter_mut().enumerate() {
            if let Some(path) = names.remove(&idx) {
                file.set_name(path);
            } else {
                file.retire();
                orphans.insert(file.tail.path().to_owned(), file.id());
            }
        }
        orphans
    }

    /// Begins with a file whose name is `path`. Where a file lost that name, those go first that had it in between.
    fn add(&mut self, path: &Path, id: FileId, orphans: &HashMap<PathBuf, FileId>, found: &HashSet<FileId>) {
        if self.refused.contains(&id) {
            return;
        }
        let mut predecessor = orphans.get(path).copied();
        let last = self.files.iter().find(|file| predecessor == Some(file.id()));
        if let Some(old) = last.and_then(|file| file.tail.metadata()) {
            let known = self.files.iter().map(Followed::id).chain(found.iter().copied()).collect();
            for sibling in newer_siblings(path, &old, &known) {
                if let Some(mut missed) = self.open(&sibling, predecessor) {
                    missed.retire();
                    predecessor = Some(missed.id());
                    self.files.push(missed);
                }
            }
        }
        if let Some(file) = self.open(path, predecessor) {
            self.files.push(file);
        }
    }

    fn open(&mut self, path: &Path, predecessor: Option<FileId>) -> Option<Followed> {
        let origin = self.pattern.origin(path);
        let mut tail = match Tail::open(path.to_owned(), origin, &self.beginning, &self.join) {
            Ok(tail) => tail,
            Err(error) => {
                self.refuse(path, &error);
                return None;
            }
        };
        self.limit_open(&mut tail);
        self.reporter.mend(path);
        let is_unripe = tail.is_sealed_archive() && self.has_started;
        Some(Followed::new(tail, is_unripe, predecessor))
    }

    /// Notes that a file cannot be opened, and whether to try again.
    fn refuse(&mut self, path: &Path, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::NotFound => {}
            io::ErrorKind::Unsupported => {
                self.refused.extend(fs::metadata(path).map(|metadata| FileId::of(&metadata)));
                self.reporter.fault(path, error);
            }
            _ => self.reporter.problem(path, error),
        }
    }
}
