//! One file of a followed source and where it stands in its life: new, read to its end, without a name, settled.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::tail::Tail;
use crate::extent::FileId;

/// A file that lost its name must have been quiet for this long before its successor is read: its last lines go first.
const SETTLE: Duration = Duration::from_millis(300);

/// Its successor does not wait longer than this for a file that never gets quiet.
const MAX_SETTLE: Duration = Duration::from_secs(2);

/// So many files are held open. The others are opened for each read, and cannot be read once they lost their name.
pub(super) const MAX_OPEN_FILES: usize = 200;

/// A file and where it stands in its life.
pub(super) struct Followed {
    pub(super) tail: Tail,
    /// Its canonical path, as notifications spell it.
    pub(super) watched: PathBuf,
    /// Length and modification time when its name was last looked at.
    stamp: (u64, Option<SystemTime>),
    /// Whether to read from it in the next round.
    pub(super) is_busy: bool,
    /// Whether the last read reached its end.
    pub(super) is_at_end: bool,
    pub(super) last_growth: Instant,
    /// Set while no name leads to it.
    pub(super) retired: Option<Retired>,
    /// The file that had this one's name before, and must be read to its end first.
    pub(super) predecessor: Option<FileId>,
    /// Whether it is a compressed file that has come while we looked, and may not be complete.
    pub(super) is_unripe: bool,
}

/// A file's life after it lost its name.
#[derive(Clone, Copy)]
pub(super) struct Retired {
    since: Instant,
    /// Whether its successor may be read. Its own last line was handed over then.
    is_settled: bool,
}

impl Followed {
    /// A file that was just opened.
    pub(super) fn new(tail: Tail, is_unripe: bool, predecessor: Option<FileId>) -> Self {
        Self {
            watched: canonical(tail.path()),
            tail,
            stamp: (0, None),
            is_busy: true,
            is_at_end: false,
            last_growth: Instant::now(),
            retired: None,
            predecessor,
            is_unripe,
        }
    }

    pub(super) fn id(&self) -> FileId {
        self.tail.id()
    }

    /// Whether the next round reads a block of it.
    pub(super) fn may_read(&self) -> bool {
        self.is_busy && self.predecessor.is_none() && !self.is_unripe
    }

    /// Whether a file that comes after it under its name has to wait.
    pub(super) fn is_waited_for(&self) -> bool {
        self.retired.is_some_and(|retired| !retired.is_settled)
    }

    /// How long it has neither grown nor had a name; `None` while it has one.
    pub(super) fn quiet_since_retired(&self) -> Option<Duration> {
        self.retired.map(|retired| retired.since.max(self.last_growth).elapsed())
    }

    /// Lets its successor be read when it lost its name and has been quiet for long enough. Returns whether it just
    /// did; then its last line is due.
    pub(super) fn try_settle(&mut self) -> bool {
        let is_quiet = self.is_at_end && self.quiet_since_retired().is_some_and(|quiet| quiet >= SETTLE);
        match &mut self.retired {
            Some(retired) if !retired.is_settled && self.predecessor.is_none() => {
                retired.is_settled = is_quiet || retired.since.elapsed() >= MAX_SETTLE;
                retired.is_settled
            }
            _ => false,
        }
    }

    /// Notes that no name leads to it any more. It is read at least once after that.
    pub(super) fn retire(&mut self) {
        if self.retired.is_none() {
            self.retired = Some(Retired { since: Instant::now(), is_settled: false });
            (self.is_busy, self.is_at_end) = (true, false);
        }
    }

    /// Gives it the name that it has now.
    pub(super) fn set_name(&mut self, path: PathBuf) {
        self.retired = None;
        if path != self.tail.path() {
            self.watched = canonical(&path);
            self.tail.set_path(path);
        }
    }

    /// Takes what its folder says of it.
    pub(super) fn look(&mut self, metadata: &Metadata) {
        let stamp = (metadata.len(), metadata.modified().ok());
        if stamp != self.stamp {
            self.stamp = stamp;
            self.tail.set_size(stamp.0);
            self.is_busy = true;
            if self.is_unripe {
                self.last_growth = Instant::now();
            }
        }
    }
}

/// Counts the descriptors that `files` hold. When there are too many, gives back those of the files that have been
/// quiet for longest, a few more than need be, so that not every round has to.
pub(super) fn close_idle(files: &mut [Followed]) -> usize {
    let open = files.iter().filter(|file| file.tail.is_open()).count();
    if open < MAX_OPEN_FILES {
        return open;
    }
    let is_idle = |file: &&mut Followed| file.tail.is_open() && !file.is_busy && file.retired.is_none();
    let mut idle: Vec<&mut Followed> = files.iter_mut().filter(is_idle).collect();
    idle.sort_by_key(|file| file.last_growth);
    let excess = idle.len().min(open - MAX_OPEN_FILES * 3 / 4);
    idle.into_iter().take(excess).for_each(|file| file.tail.close());
    open - excess
}

/// The path without links, as far as it exists.
pub(super) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
