//! When to look again: the operating system's notifications where they come, and a deadline where they do not (network
//! and shared folders deliver none).
//!
//! Folders are watched, not files: a watch on a file follows it through a rename and says nothing of its successor.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, event::ModifyKind};

use crate::extent::FileId;

/// How long the notifying thread waits for a reader that has not yet looked at a file before it fetches more events
/// of it. Meanwhile the kernel merges them: a file written 50,000 times a second costs a hundred events, not 50,000.
const MERGE: Duration = Duration::from_millis(10);

/// What has happened since the last look.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// Files of interest that were written to.
    pub(super) written: HashSet<PathBuf>,
    /// Whether a name came, went or changed in a watched folder.
    pub(super) has_new_names: bool,
    /// Whether notifications were lost, so that every file has to be looked at.
    pub(super) is_overflown: bool,
}

/// The waiting end, owned by the reading thread.
pub(super) struct Watch {
    bell: Bell,
    /// `None` where the system has no more watches to give: then the deadlines have to do.
    watcher: Option<RecommendedWatcher>,
    /// Watched folders, with their identity: a folder that was removed and made again needs a new watch.
    folders: HashMap<PathBuf, FileId>,
}

/// The ringing end. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Bell(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    rung: Condvar,
    taken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    signals: Signals,
    interest: HashSet<PathBuf>,
    is_stopped: bool,
    /// Whether the reader is busy changing its watches, for which it needs the notifying thread at hand.
    is_rewatching: bool,
}

impl Bell {
    /// Ends the current wait, and all later ones at once.
    pub(super) fn stop(&self) {
        self.lock().is_stopped = true;
        self.0.rung.notify_all();
        self.0.taken.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one notification. Called on the notifying thread.
    fn hear(&self, heard: notify::Result<Event>) {
        let mut state = self.lock();
        let mut is_repeated = false;
        match heard {
            Ok(event) if event.need_rescan() => state.signals.is_overflown = true,
            Ok(event) => match event.kind {
                EventKind::Access(_) => return,
                EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_) | ModifyKind::Any) => {
                    let mut is_known = false;
                    for path in event.paths {
                        if state.interest.contains(&path) {
                            is_known = true;
                            is_repeated |= !state.signals.written.insert(path);
                        }
                    }
                    if !is_known {
                        return;
                    }
                }
                _ => state.signals.has_new_names = true,
            },
            Err(_) => state.signals.is_overflown = true,
        }
        self.0.rung.notify_one();
        if is_repeated {
            let is_behind =
                |state: &mut State| !state.is_stopped && !state.is_rewatching && !state.signals.written.is_empty();
            drop(self.0.taken.wait_timeout_while(state, MERGE, is_behind));
        }
    }
}

impl Watch {
    pub(super) fn new(bell: Bell) -> Self {
        let listener = bell.clone();
        let watcher = notify::recommended_watcher(move |heard| listener.hear(heard));
        let watcher = watcher.inspect_err(|error| tracing::warn!(%error, "no file notifications, polling only")).ok();
        Self { bell, watcher, folders: HashMap::new() }
    }

    /// Watches exactly `folders`, and wakes for writes to `files` only. Both are canonical paths. What cannot be
    /// watched is left to polling.
    pub(super) fn set(&mut self, folders: HashSet<PathBuf>, files: HashSet<PathBuf>) {
        let mut wanted = HashMap::new();
        for folder in folders {
            if let Ok(metadata) = fs::metadata(&folder) {
                wanted.insert(folder, FileId::of(&metadata));
            }
        }
        {
            let mut state = self.bell.lock();
            state.interest = files;
            if wanted == self.folders {
                return;
            }
            state.is_rewatching = true;
        }
        self.bell.0.taken.notify_all();
        let old = mem::take(&mut self.folders);
        if let Some(watcher) = &mut self.watcher {
            for (folder, _) in old.iter().filter(|(folder, id)| wanted.get(*folder) != Some(*id)) {
                // Fails where the folder is gone and its watch with it.
                watcher.unwatch(folder).ok();
            }
            for folder in wanted.iter().filter(|(folder, id)| old.get(*folder) != Some(*id)).map(|(folder, _)| folder) {
                watch_folder(watcher, folder);
            }
        }
        self.folders = wanted;
        self.bell.lock().is_rewatching = false;
    }

    /// Waits until something happens or `latest` comes, but in any case until `earliest`; takes what has happened.
    pub(super) fn wait(&self, earliest: Instant, latest: Instant) -> Signals {
        let state = self.bell.lock();
        let state = self.wait_while(state, earliest, |state| !state.is_stopped);
        let is_quiet = |state: &mut State| {
            let signals = &state.signals;
            !state.is_stopped && signals.written.is_empty() && !signals.has_new_names && !signals.is_overflown
        };
        let mut state = self.wait_while(state, latest, is_quiet);
        let signals = mem::take(&mut state.signals);
        self.bell.0.taken.notify_all();
        signals
    }

    fn wait_while<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        until: Instant,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        let timeout = until.saturating_duration_since(Instant::now());
        if timeout.is_zero() {
            return state;
        }
        self.bell.0.rung.wait_timeout_while(state, timeout, condition).unwrap_or_else(PoisonError::into_inner).0
    }
}

fn watch_folder(watcher: &mut RecommendedWatcher, folder: &Path) {
    if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
        tracing::warn!(%error, folder = %folder.display(), "folder cannot be watched, polling it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    fn wait(watch: &Watch) -> Signals {
        watch.wait(Instant::now(), Instant::now() + DEADLINE)
    }

    #[test]
    fn writes_to_files_of_interest_and_new_names_wake() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (known, other) = (root.join("known"), root.join("other"));
        fs::write(&known, "").unwrap();
        fs::write(&other, "").unwrap();
        let mut watch = Watch::new(Bell::default());
        watch.set([root.clone()].into(), [known.clone()].into());

        fs::write(&other, "a").unwrap();
        fs::write(&known, "a").unwrap();
        assert_eq!(wait(&watch).written, [known].into());

        fs::rename(&other, root.join("renamed")).unwrap();
        // Late notifications of the writes above may come first.
        let deadline = Instant::now() + DEADLINE;
        while !wait(&watch).has_new_names {
            assert!(Instant::now() < deadline, "the rename was not noticed");
        }
    }

    #[test]
    fn stopping_ends_every_wait() {
        let bell = Bell::default();
        let watch = Watch::new(bell.clone());
        let begun = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| bell.stop());
            let far = Instant::now() + DEADLINE;
            watch.wait(far, far);
            watch.wait(far, far);
        });
        assert!(begun.elapsed() < DEADLINE);
    }
}
