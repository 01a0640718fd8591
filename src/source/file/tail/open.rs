//! Opening a file: what it is, where its cursor is put, and what before the cursor is history.

use std::fs::{File, Metadata};
use std::io::{self, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::head::{HEAD_BYTES, is_binary};
use super::{CONTEXT_BYTES, Content, Tail};
use crate::config::{SourceOptions, StartAt};
use crate::extent::{self, FileId, Stretch, TextFile};
use crate::model::Nanos;
use crate::parse::join::JoinRule;
use crate::source::HistoryOrder;
use crate::source::file::cutter::Cutter;
use crate::source::file::packed::{Packing, Unpacked};
use crate::source::file::start::{LineTime, end_of_lines, first_since, skip_hole};

/// Where to begin in a file that is there already.
#[derive(Clone, Copy)]
pub(in crate::source::file) struct Beginning {
    start: StartAt,
    time_of: LineTime,
    /// Whether what is there is read by others, as history, and only what comes is read here.
    leaves_history: bool,
    /// Whether more may come, so that an unfinished last line is not history yet.
    follow: bool,
    /// Whether a file that looks binary is refused: one that only happens to match a glob is.
    refuses_binary: bool,
}

impl Beginning {
    /// For the files that are there when the source starts. The rate limit holds back what is read here only, so with
    /// one only the end, which the screen opens with, is history.
    pub(in crate::source::file) fn new(options: &SourceOptions, time_of: LineTime, refuses_binary: bool) -> Self {
        let leaves_history = match options.start {
            StartAt::Tail => true,
            StartAt::End => false,
            StartAt::Beginning | StartAt::Since(_) => options.max_lines_per_second == 0,
        };
        Self { start: options.start, time_of, leaves_history, follow: options.follow, refuses_binary }
    }

    /// For the files that come later: they are new and read from their start.
    pub(in crate::source::file) fn later(self) -> Self {
        Self { start: StartAt::Beginning, leaves_history: false, ..self }
    }

    /// Whether what is there is left to others.
    pub(in crate::source::file) fn leaves_history(&self) -> bool {
        self.leaves_history
    }

    /// Whether more may come to what is there.
    pub(super) fn follows(&self) -> bool {
        self.follow
    }

    /// Which end of the history is wanted first.
    pub(in crate::source::file) fn order(&self) -> HistoryOrder {
        if self.start == StartAt::Tail { HistoryOrder::FromEnd } else { HistoryOrder::FromStart }
    }

    /// The part of `within`, a text with a beginning of its own in `file`, that is asked for.
    pub(super) fn wanted(&self, file: &File, within: Range<u64>) -> io::Result<Range<u64>> {
        let start = match self.start {
            StartAt::Beginning | StartAt::Tail => within.start,
            StartAt::End => within.end,
            StartAt::Since(time) => first_since(file, within.clone(), time, self.time_of)?,
        };
        Ok(start..within.end)
    }

    /// What of a plain file of `size` bytes is history; the cursor goes behind it.
    fn history(&self, file: &File, size: u64) -> io::Result<Range<u64>> {
        let Range { start, end } = self.wanted(file, 0..size)?;
        if !self.leaves_history {
            return Ok(start..start);
        }
        let start = if start == 0 { skip_hole(file, end)? } else { start };
        let end = if self.follow { end_of_lines(file, start..end)? } else { end };
        Ok(start..end)
    }
}

impl Tail {
    /// Opens `path`, a regular file, and puts the cursor where `beginning` says.
    pub(in crate::source::file) fn open(
        path: PathBuf,
        origin: Option<Arc<str>>,
        beginning: &Beginning,
        join: &JoinRule,
    ) -> io::Result<Self> {
        let unsupported = |why: &str| io::Error::new(io::ErrorKind::Unsupported, why);
        let file = Arc::new(extent::open(&path)?);
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(unsupported("is not a regular file"));
        }
        let mut head = vec![0; HEAD_BYTES];
        let length = extent::read_at(&file, &mut head, 0)?;
        head.truncate(length);
        let mut tail = Self {
            text: Arc::new(TextFile::new(Arc::clone(&file), path.clone())?),
            path,
            origin,
            id: FileId::of(&metadata),
            content: Content::Done,
            modified: modified(&metadata),
            history: None,
            size: metadata.len(),
            offset: 0,
            context: Vec::new(),
            head: Vec::new(),
            cutter: Cutter::new(&head, join),
            join: join.clone(),
        };
        match Packing::detect(&head) {
            Some(packing) if beginning.start == StartAt::End && packing.is_archive() => tail.text.close(),
            Some(packing) => {
                tail.text.close();
                tail.content = match beginning.start {
                    StartAt::End => tail.at_end(packing)?,
                    _ => Content::Sealed(packing.check()?),
                };
            }
            None if beginning.refuses_binary && is_binary(&head) => {
                return Err(unsupported("looks binary; name it alone to read it anyway"));
            }
            None => tail.place_cursor(file, head, beginning)?,
        }
        Ok(tail)
    }

    /// A text of another encoding from its end on, between two of its units.
    fn at_end(&self, packing: Packing) -> io::Result<Content> {
        let mut file = self.reopen()?;
        file.seek(SeekFrom::Start(self.size & !1))?;
        Ok(Content::Packed(Box::new(Unpacked::new(file, packing)?)))
    }

    /// Puts the cursor of a plain file that begins with `head` behind what is not read here.
    fn place_cursor(&mut self, file: Arc<File>, mut head: Vec<u8>, beginning: &Beginning) -> io::Result<()> {
        let history = beginning.history(&file, self.size)?;
        let known = history.end.min(CONTEXT_BYTES as u64);
        self.context.resize(usize::try_from(known).unwrap_or(CONTEXT_BYTES), 0);
        let length = extent::read_at(&file, &mut self.context, history.end - known)?;
        if length == self.context.len() {
            self.offset = history.end;
            self.history = (!history.is_empty()).then(|| self.stretch(&self.text, history));
        } else {
            // It was truncated while we looked: what it holds now is all new.
            self.context.clear();
        }
        head.truncate(usize::try_from(self.offset).unwrap_or(HEAD_BYTES));
        (self.head, self.content) = (head, Content::Plain(file));
        Ok(())
    }

    /// A part of its text, as history.
    pub(super) fn stretch(&self, file: &Arc<TextFile>, range: Range<u64>) -> Stretch {
        Stretch { file: Arc::clone(file), range, origin: self.origin.clone(), modified: self.modified }
    }
}

fn modified(metadata: &Metadata) -> Option<Nanos> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Nanos::try_from(since.as_nanos()).ok()
}
