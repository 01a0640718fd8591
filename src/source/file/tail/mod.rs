//! One file and how far it has been read: the cursor that survives renames, truncation and being rewritten.
//!
//! The cursor is the file's identity, an offset, and the bytes right before that offset. Every read asks for those
//! bytes again together with what follows them. Where they have changed the file was truncated or rewritten, even if
//! it has grown past the old offset since, and it is read again from its start.
//!
//! What is read is handed over with its place, so that the store refers to the file ([`TextFile`]); a file that was
//! truncated says so to all who refer to what it was.

mod head;
mod open;
mod unpack;
mod unweave;

use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::head::packed_head_digest;
use self::head::{HEAD_BYTES, digest};
pub(super) use self::open::Beginning;
use super::cutter::Cutter;
use super::outlet::Outlet;
use super::packed::{Packing, Unpacked};
use super::spill::Spill;
use crate::extent::{self, FileId, Stretch, TextFile};
use crate::model::Nanos;
use crate::parse::join::JoinRule;
use crate::source::{LineBatch, Place};

/// How much is read at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// How many bytes before the offset are remembered.
const CONTEXT_BYTES: usize = 256;

/// One file being read.
pub(super) struct Tail {
    /// What it is called now, as the pattern spells it.
    path: PathBuf,
    origin: Option<Arc<str>>,
    id: FileId,
    /// What those refer to who have lines of it.
    text: Arc<TextFile>,
    content: Content,
    /// When it was written last, as far as that was known when it was opened.
    modified: Option<Nanos>,
    /// What was there when it was opened and is not read here.
    history: Option<Stretch>,
    /// Its length when it was last asked for.
    size: u64,
    offset: u64,
    context: Vec<u8>,
    head: Vec<u8>,
    cutter: Cutter,
    join: JoinRule,
}

enum Content {
    Plain(Arc<File>),
    /// Plain, but closed to save descriptors; opened again when there is something to read.
    Closed,
    /// Packed and not begun with.
    Sealed(Packing),
    /// An archive that is being unpacked, or text in UTF-16 as far as it was read.
    Packed(Box<Unpacked>),
    /// Compressed, and read or not wanted.
    Done,
}

/// What one [`Tail::step`] came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Bytes were read and there may be more.
    More,
    /// Bytes were read, up to the file's end.
    Grew,
    /// There was nothing new.
    Nothing,
    /// The file was truncated or rewritten; it is read from its start now.
    Restarted,
    /// The file was empty when it was opened and turned out to be compressed.
    BecamePacked,
}

/// The buffer that all files of a source are read through.
pub(super) fn read_buffer() -> Vec<u8> {
    vec![0; CONTEXT_BYTES + BLOCK_BYTES]
}

impl Tail {
    pub(super) fn id(&self) -> FileId {
        self.id
    }

    /// What it is called now, as the pattern spells it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it is called, without its folder.
    pub(super) fn name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// Gives it another name.
    pub(super) fn set_path(&mut self, path: PathBuf) {
        self.text.set_path(&path);
        self.path = path;
    }

    /// What those refer to who have lines of it.
    pub(super) fn text(&self) -> &Arc<TextFile> {
        &self.text
    }

    /// What was there before and is not read here, once.
    pub(super) fn take_history(&mut self) -> Option<Stretch> {
        self.history.take()
    }

    /// Its length when it was last asked for.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that are known to be there and were not read yet.
    pub(super) fn backlog(&self) -> u64 {
        match self.content {
            Content::Plain(_) | Content::Closed => self.size.saturating_sub(self.offset),
            Content::Sealed(_) | Content::Packed(_) | Content::Done => 0,
        }
    }

    /// Whether it holds a descriptor of a plain file, which could be given back.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.content, Content::Plain(_))
    }

    /// Whether it is a packed file that was not begun with.
    pub(super) fn is_sealed(&self) -> bool {
        matches!(self.content, Content::Sealed(_))
    }

    /// Whether it is a compressed file that was not begun with: who writes it may not have finished yet.
    pub(super) fn is_sealed_archive(&self) -> bool {
        matches!(self.content, Content::Sealed(packing) if packing.is_archive())
    }

    /// Whether it is a compressed file that is being read.
    pub(super) fn is_unpacking(&self) -> bool {
        matches!(&self.content, Content::Packed(unpacked) if unpacked.is_archive())
    }

    /// How long to wait for more before what is held back is handed over; `None` while nothing is.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.cutter.patience()
    }

    /// What the system says of the file itself, whatever its name; `None` when it is not held open.
    pub(super) fn metadata(&self) -> Option<Metadata> {
        match &self.content {
            Content::Plain(file) => file.metadata().ok(),
            _ => None,
        }
    }

    /// Tells the file's length as its folder reports it.
    pub(super) fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Gives the descriptor back until there is something to read.
    pub(super) fn close(&mut self) {
        if self.is_open() {
            self.content = Content::Closed;
            self.text.close();
        }
    }

    /// Does not read a compressed file any further.
    pub(super) fn skip(&mut self) {
        self.content = Content::Done;
    }

    /// What the file begins with, made short; `None` when nothing of it was seen.
    pub(super) fn head_digest(&self) -> Option<u64> {
        digest(&self.head)
    }

    /// Reads one block through `buf` (see [`read_buffer`]) and hands its lines over. What is unpacked goes to `spill`.
    pub(super) fn step(&mut self, buf: &mut [u8], spill: &mut Spill, outlet: &Outlet) -> io::Result<Step> {
        match self.content {
            Content::Closed => {
                let file = Arc::new(self.reopen()?);
                self.text.hold(Arc::clone(&file));
                self.content = Content::Plain(file);
            }
            Content::Sealed(packing) => {
                let unpacked = self.unseal(packing)?;
                spill.begin();
                self.content = Content::Packed(unpacked);
            }
            _ => {}
        }
        match &mut self.content {
            Content::Plain(_) => self.step_plain(buf, outlet),
            Content::Packed(_) => self.step_packed(buf, spill, outlet),
            _ => Ok(Step::Nothing),
        }
    }

    /// Hands over what is held back: the unfinished last line, a record that may go on.
    pub(super) fn flush(&mut self, outlet: &Outlet) {
        let origin = self.origin.clone();
        self.cutter.flush(&mut |batch| outlet.send(LineBatch { origin: origin.clone(), ..batch }));
    }

    /// Hands over what was held back for long enough.
    pub(super) fn settle(&mut self, outlet: &Outlet) {
        let origin = self.origin.clone();
        self.cutter.settle(&mut |batch| outlet.send(LineBatch { origin: origin.clone(), ..batch }));
    }

    fn step_plain(&mut self, buf: &mut [u8], outlet: &Outlet) -> io::Result<Step> {
        let Content::Plain(file) = &self.content else { return Ok(Step::Nothing) };
        let known = self.context.len();
        let length = extent::read_at(file, buf, self.offset - known as u64)?;
        let read = buf.get(..length).unwrap_or_default();
        let Some(new) = read.strip_prefix(self.context.as_slice()) else {
            self.restart(outlet)?;
            return Ok(Step::Restarted);
        };
        if new.is_empty() {
            return Ok(Step::Nothing);
        }
        if self.offset == 0
            && let Some(packing) = Packing::detect(new)
        {
            self.content = Content::Done;
            self.content = Content::Sealed(packing.check()?);
            return Ok(Step::BecamePacked);
        }
        if self.offset == 0 {
            self.cutter = Cutter::new(new, &self.join);
        }
        if self.head.len() < HEAD_BYTES && self.head.len() as u64 == self.offset {
            let room = HEAD_BYTES - self.head.len();
            self.head.extend_from_slice(new.get(..room.min(new.len())).unwrap_or_default());
        }
        // A writer that does not append goes on at its old offset after a truncation: the file begins with a hole.
        let is_in_hole = self.context.iter().all(|byte| *byte == 0) && self.cutter.patience().is_none();
        let hole = if is_in_hole { new.iter().take_while(|byte| **byte == 0).count() } else { 0 };
        let start = self.offset + hole as u64;
        self.offset += new.len() as u64;
        self.size = self.size.max(self.offset);
        let text = new.get(hole..).unwrap_or_default();
        self.context.clear();
        self.context.extend_from_slice(read.get(length.saturating_sub(CONTEXT_BYTES)..).unwrap_or_default());
        let place = Place { file: Arc::clone(&self.text), start, is_cut: false };
        self.hand_over(text, place, outlet);
        Ok(if length == buf.len() { Step::More } else { Step::Grew })
    }

    /// Hands over the lines of `text`, which stands at `place`.
    fn hand_over(&mut self, text: &[u8], place: Place, outlet: &Outlet) {
        let origin = self.origin.clone();
        let send = &mut |batch| outlet.send(LineBatch { origin: origin.clone(), ..batch });
        self.cutter.feed_placed(text, place, || !outlet.is_closed(), send);
    }

    /// Begins anew: what others refer to is gone, and what comes is another text in the same file.
    fn restart(&mut self, outlet: &Outlet) -> io::Result<()> {
        if let Content::Plain(file) = &self.content {
            let text = TextFile::new(Arc::clone(file), self.path.clone())?;
            let old = mem::replace(&mut self.text, Arc::new(text));
            old.truncated();
            old.close();
        }
        self.flush(outlet);
        self.cutter = Cutter::new(b"", &self.join);
        (self.offset, self.size) = (0, 0);
        self.context.clear();
        self.head.clear();
        Ok(())
    }

    /// Opens it by its name, if that still leads to it.
    fn reopen(&self) -> io::Result<File> {
        let file = extent::open(&self.path)?;
        if FileId::of(&file.metadata()?) != self.id {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(file)
    }
}
