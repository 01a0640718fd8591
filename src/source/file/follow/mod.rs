//! The reading thread of one file source: which files there are, which are read next, and when to look again.
//!
//! A round reads one block of every file that may have more, so that a large backlog in one does not hold up the
//! lines of another. Between rounds it waits for notifications; once a second it looks at all names by itself.

mod history;
mod scan;

use std::collections::HashSet;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::followed::{Followed, MAX_OPEN_FILES, canonical, close_idle};
use super::gone::Gone;
use super::outlet::Outlet;
use super::pattern::{PathPattern, parent_of};
use super::report::Reporter;
use super::spill::Spill;
use super::start::LineTime;
use super::tail::{Beginning, Step, Tail, packed_head_digest, read_buffer};
use super::watch::{Bell, Signals, Watch};
use crate::config::SourceOptions;
use crate::extent::FileId;
use crate::parse::join::JoinRule;
use crate::source::{SourceError, StatusReporter};

/// How often all names are looked at without any notification.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// The shortest time between two rounds that found everything read: what is written meanwhile is read at once.
const PACE: Duration = Duration::from_millis(8);

/// The shortest time between two looks at all names.
const SCAN_PACE: Duration = Duration::from_millis(30);

/// The part of the time that looking at names may take, as one in this many: a glob over ten thousand files is looked
/// at more rarely.
const SCAN_SHARE: u32 = 20;

/// A compressed file that has not grown for this long is taken to be complete.
const QUIET: Duration = Duration::from_millis(1500);

/// A file that lost its name is read for this long after it last grew; its writer may not have noticed yet.
const GRACE: Duration = Duration::from_secs(5);

/// How often a file without a name is looked at: no notification tells of it.
const RETIRED_POLL: Duration = Duration::from_millis(50);

/// Heads of files that are remembered after they are gone.
const MAX_HEADS: usize = 10_000;

/// One file source at work.
pub(super) struct Follower {
    pattern: PathPattern,
    follow: bool,
    beginning: Beginning,
    join: JoinRule,
    outlet: Outlet,
    reporter: Reporter,
    files: Vec<Followed>,
    /// Descriptors of plain files that are held open.
    open_files: usize,
    /// Files that are not read, so that they are not tried again every second.
    refused: HashSet<FileId>,
    /// What files that are gone began with.
    heads: HashSet<u64>,
    gone: Gone,
    buf: Vec<u8>,
    spill: Spill,
    /// Whether the files that were there at the start are known.
    has_started: bool,
    next_scan: Instant,
    next_poll: Instant,
}

impl Follower {
    pub(super) fn new(
        pattern: PathPattern,
        options: &SourceOptions,
        join: JoinRule,
        time_of: LineTime,
        outlet: Outlet,
        status: StatusReporter,
        spill_folder: &Path,
    ) -> Self {
        let beginning = Beginning::new(options, time_of, pattern.is_glob());
        let now = Instant::now();
        Self {
            reporter: Reporter::new(status, &pattern),
            pattern,
            follow: options.follow,
            beginning,
            join,
            outlet,
            files: Vec::new(),
            open_files: 0,
            refused: HashSet::new(),
            heads: HashSet::new(),
            gone: Gone::default(),
            buf: read_buffer(),
            spill: Spill::new(spill_folder),
            has_started: false,
            next_scan: now,
            next_poll: now,
        }
    }

    /// Reads until the end, or, when following, until the shutdown.
    pub(super) fn run(mut self, bell: Bell) -> Result<(), SourceError> {
        if !self.pattern.is_glob() && self.pattern.path().is_dir() {
            self.outlet.history(Vec::new(), self.beginning.order());
            let text = self.pattern.text().trim_end_matches('/');
            return Err(SourceError::Spec(format!("`{text}` is a folder; name the files in it: `{text}/*.log`")));
        }
        // Watch first, look then: what happens in between is noticed.
        let mut watch = self.follow.then(|| Watch::new(bell));
        self.watch(watch.as_mut());
        self.scan();
        self.hand_over_history();
        // What appears from now on is new, and read from its start.
        self.beginning = self.beginning.later();
        self.has_started = true;
        match watch {
            Some(watch) => {
                self.run_following(watch);
                Ok(())
            }
            None => self.run_once(),
        }
    }

    /// Reads the files one after the other to their ends.
    fn run_once(mut self) -> Result<(), SourceError> {
        if self.files.is_empty() {
            return Err(self.reporter.nothing_to_read());
        }
        for mut file in mem::take(&mut self.files) {
            while file.is_busy && !self.outlet.is_closed() {
                self.step(&mut file);
                self.reporter.progress(file.tail.backlog());
            }
            file.tail.flush(&self.outlet);
        }
        if !self.outlet.is_closed() {
            self.reporter.ended()?;
        }
        Ok(())
    }

    fn run_following(mut self, mut watch: Watch) {
        self.watch(Some(&mut watch));
        // What happened between the first watch and this one.
        self.scan();
        while !self.outlet.is_closed() {
            let round = Instant::now();
            let has_more = self.read_round();
            self.settle();
            self.reporter.progress(self.files.iter().map(|file| file.tail.backlog()).sum());
            let (earliest, latest) = if has_more { (round, round) } else { (round + PACE, self.next_look()) };
            let signals = watch.wait(earliest, latest);
            self.heed(&signals, &mut watch);
        }
    }

    /// Decides what to look at after a wait.
    fn heed(&mut self, signals: &Signals, watch: &mut Watch) {
        for file in &mut self.files {
            file.is_busy |= signals.is_overflown || signals.written.contains(&file.watched) || file.retired.is_some();
        }
        let now = Instant::now();
        if signals.has_new_names || signals.is_overflown {
            self.next_poll = now;
        }
        if now >= self.next_poll.max(self.next_scan) {
            self.scan();
            self.watch(Some(watch));
            let cost = now.elapsed();
            self.next_poll = Instant::now() + POLL;
            self.next_scan = Instant::now() + SCAN_PACE.max(cost * SCAN_SHARE);
        }
    }

    /// When to look again at the latest.
    fn next_look(&self) -> Instant {
        let names = self.next_poll.max(self.next_scan);
        let now = Instant::now();
        let file_looks = self.files.iter().filter_map(|file| match file.retired {
            Some(_) => Some(now + RETIRED_POLL),
            None if file.is_unripe => Some(file.last_growth + QUIET),
            None => file.tail.patience().map(|patience| file.last_growth + patience),
        });
        file_looks.fold(names, Instant::min).max(now)
    }

    /// Reads one block of every file that may have more. Returns whether one still may.
    fn read_round(&mut self) -> bool {
        let mut files = mem::take(&mut self.files);
        let waited_for: HashSet<FileId> = files.iter().filter(|file| file.is_waited_for()).map(Followed::id).collect();
        // Compressed files one after the other: each holds a descriptor and its decoder's window.
        let mut is_unpacking = files.iter().any(|file| file.tail.is_unpacking());
        for file in &mut files {
            file.predecessor = file.predecessor.filter(|id| waited_for.contains(id));
            if file.may_read() && !self.outlet.is_closed() && !(is_unpacking && file.tail.is_sealed_archive()) {
                self.step(file);
                is_unpacking |= file.tail.is_unpacking();
            }
        }
        self.open_files = close_idle(&mut files);
        let has_more = files.iter().any(Followed::may_read);
        self.files = files;
        has_more
    }

    fn step(&mut self, file: &mut Followed) {
        let was_open = file.tail.is_open();
        let outcome = file.tail.step(&mut self.buf, &mut self.spill, &self.outlet);
        if outcome.is_err() {
            // Another try may do better with another descriptor: one of a network file goes stale.
            file.tail.close();
        } else if !was_open {
            self.limit_open(&mut file.tail);
        }
        file.is_busy = matches!(outcome, Ok(Step::More | Step::Restarted | Step::BecamePacked));
        file.is_at_end = !file.is_busy;
        match outcome {
            Ok(Step::Nothing) => return,
            Ok(Step::Restarted) => {
                self.reporter.remark(format!("{} was truncated, reading it anew", file.tail.path().display()));
            }
            Ok(Step::BecamePacked) => {
                file.is_unripe = self.has_started && self.follow && file.tail.is_sealed_archive();
            }
            Err(error) if file.retired.is_none() => self.reporter.fault(file.tail.path(), &error),
            Ok(Step::More | Step::Grew) | Err(_) => {}
        }
        file.last_growth = Instant::now();
    }

    /// Lets `tail`, which was just opened, keep its descriptor if there are not too many.
    fn limit_open(&mut self, tail: &mut Tail) {
        if self.open_files >= MAX_OPEN_FILES {
            tail.close();
        }
        self.open_files += usize::from(tail.is_open());
    }

    /// Hands over what has been unfinished for too long, and lets go of files that lost their name.
    fn settle(&mut self) {
        let now = Instant::now();
        for file in &mut self.files {
            let quiet = now.duration_since(file.last_growth);
            if file.try_settle() {
                file.tail.flush(&self.outlet);
            } else if file.tail.patience().is_some_and(|patience| quiet >= patience) {
                file.tail.settle(&self.outlet);
            }
        }
        self.ripen(now);
        let (heads, gone, outlet) = (&mut self.heads, &mut self.gone, &self.outlet);
        self.files.retain_mut(|file| {
            let is_gone = file.quiet_since_retired().is_some_and(|quiet| quiet >= GRACE) && file.is_at_end;
            if is_gone {
                file.tail.flush(outlet);
                if heads.len() < MAX_HEADS {
                    heads.extend(file.tail.head_digest());
                }
                gone.push(file.tail.text());
            }
            !is_gone
        });
    }

    /// Begins with compressed files that are complete, and skips those whose text was read before it was compressed.
    fn ripen(&mut self, now: Instant) {
        for idx in 0..self.files.len() {
            let Some(file) = self.files.get(idx) else { return };
            if !file.is_unripe || now.duration_since(file.last_growth) < QUIET {
                continue;
            }
            // One that cannot be unpacked says so when it is read.
            let digest = packed_head_digest(file.tail.path()).ok().flatten();
            let is_read = digest.is_some_and(|digest| {
                self.heads.contains(&digest) || self.files.iter().any(|file| file.tail.head_digest() == Some(digest))
            });
            let Some(file) = self.files.get_mut(idx) else { return };
            file.is_unripe = false;
            file.is_busy = true;
            if is_read {
                file.tail.skip();
            }
        }
    }

    /// Brings the watched folders and files in line with what there is.
    fn watch(&self, watch: Option<&mut Watch>) {
        let Some(watch) = watch else { return };
        let files: HashSet<PathBuf> = self.files.iter().map(|file| file.watched.clone()).collect();
        let mut folders: HashSet<PathBuf> = files.iter().map(|file| parent_of(file).to_owned()).collect();
        folders.extend(self.files.iter().map(|file| canonical(parent_of(file.tail.path()))));
        folders.insert(canonical(&self.pattern.watch_root()));
        watch.set(folders, files);
    }
}
