//! One file and how far it has been read: the cursor that survives renames, truncation and being rewritten.
//!
//! The cursor is the file's identity, an offset, and the bytes right before that offset. Every read asks for those
//! bytes again together with what follows them. Where they have changed the file was truncated or rewritten, even if
//! it has grown past the old offset since, and it is read again from its start.

use std::fs::{File, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::outlet::Outlet;
use super::packed::{Packing, Unpacked};
use super::start::{LineTime, first_since, last_lines};
use crate::config::StartAt;
use crate::extent::{self, FileId};
use crate::source::LineBatch;
use crate::source::lines::LineSplitter;

/// How much is read at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// How many bytes before the offset are remembered.
const CONTEXT_BYTES: usize = 256;

/// How many of a file's first bytes are remembered, to know it again when it has been compressed.
const HEAD_BYTES: usize = 1024;

/// Where to begin in a file that is there already.
#[derive(Clone, Copy)]
pub(super) struct Beginning {
    pub(super) start: StartAt,
    pub(super) time_of: LineTime,
    /// Whether a file that looks binary is refused: one that only happens to match a glob is.
    pub(super) refuses_binary: bool,
}

/// One file being read.
pub(super) struct Tail {
    /// What it is called now, as the pattern spells it.
    pub(super) path: PathBuf,
    origin: Option<Arc<str>>,
    id: FileId,
    content: Content,
    /// Its length when it was last asked for.
    size: u64,
    offset: u64,
    context: Vec<u8>,
    head: Vec<u8>,
    splitter: LineSplitter,
}

enum Content {
    Plain(File),
    /// Plain, but closed to save descriptors; opened again when there is something to read.
    Closed,
    /// Compressed and not begun with.
    Sealed(Packing),
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
    /// Opens `path`, a regular file, and puts the cursor where `beginning` says.
    pub(super) fn open(path: PathBuf, origin: Option<Arc<str>>, beginning: Beginning) -> io::Result<Self> {
        let file = extent::open(&path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "is not a regular file"));
        }
        let size = metadata.len();
        let mut head = vec![0; HEAD_BYTES];
        let length = extent::read_at(&file, &mut head, 0)?;
        head.truncate(length);
        let (mut offset, content) = match Packing::detect(&head) {
            Some(_) if beginning.start == StartAt::End => (size, Content::Done),
            Some(packing) => (0, Content::Sealed(packing.check()?)),
            None if beginning.refuses_binary && is_binary(&head) => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "looks binary; name it alone to read it anyway",
                ));
            }
            None => (first_offset(&file, size, beginning)?, Content::Plain(file)),
        };
        let mut before = Vec::new();
        if let Content::Plain(file) = &content {
            before.resize(offset.min(CONTEXT_BYTES as u64).try_into().unwrap_or(CONTEXT_BYTES), 0);
            let place = offset - before.len() as u64;
            let length = extent::read_at(file, &mut before, place)?;
            if length < before.len() {
                // It was truncated while we looked: what it holds now is all new.
                (offset, before) = (0, Vec::new());
            }
        }
        head.truncate(usize::try_from(offset).unwrap_or(HEAD_BYTES));
        let splitter = LineSplitter::default();
        Ok(Self { path, origin, id: FileId::of(&metadata), content, size, offset, context: before, head, splitter })
    }

    pub(super) fn id(&self) -> FileId {
        self.id
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

    /// Whether it is a compressed file that was not begun with.
    pub(super) fn is_sealed(&self) -> bool {
        matches!(self.content, Content::Sealed(_))
    }

    /// Whether it is a compressed file that is being read.
    pub(super) fn is_unpacking(&self) -> bool {
        matches!(self.content, Content::Packed(_))
    }

    pub(super) fn has_partial(&self) -> bool {
        self.splitter.has_partial()
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

    /// Reads one block through `buf` (see [`read_buffer`]) and hands its lines over.
    pub(super) fn step(&mut self, buf: &mut [u8], outlet: &Outlet) -> io::Result<Step> {
        match self.content {
            Content::Closed => self.content = Content::Plain(self.reopen()?),
            Content::Sealed(packing) => {
                // Tried once: one that cannot be unpacked now will not be later.
                self.content = Content::Done;
                self.content = Content::Packed(Box::new(Unpacked::new(self.reopen()?, packing)?));
            }
            _ => {}
        }
        match &mut self.content {
            Content::Plain(_) => self.step_plain(buf, outlet),
            Content::Packed(unpacked) => {
                let length = unpacked.read(buf).inspect_err(|_| self.content = Content::Done);
                // What came before the damage is shown.
                let length = length.inspect_err(|_| flush(&mut self.splitter, self.origin.as_ref(), outlet))?;
                if length == 0 {
                    self.content = Content::Done;
                    self.flush(outlet);
                    return Ok(Step::Nothing);
                }
                self.offset += length as u64;
                self.hand_over(buf.get(..length).unwrap_or_default(), outlet);
                Ok(Step::More)
            }
            _ => Ok(Step::Nothing),
        }
    }

    /// Hands over the unfinished last line.
    pub(super) fn flush(&mut self, outlet: &Outlet) {
        flush(&mut self.splitter, self.origin.as_ref(), outlet);
    }

    fn step_plain(&mut self, buf: &mut [u8], outlet: &Outlet) -> io::Result<Step> {
        let Content::Plain(file) = &self.content else { return Ok(Step::Nothing) };
        let known = self.context.len();
        let length = extent::read_at(file, buf, self.offset - known as u64)?;
        let read = buf.get(..length).unwrap_or_default();
        let Some(new) = read.strip_prefix(self.context.as_slice()) else {
            self.restart(outlet);
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
        if self.head.len() < HEAD_BYTES && self.head.len() as u64 == self.offset {
            let room = HEAD_BYTES - self.head.len();
            self.head.extend_from_slice(new.get(..room.min(new.len())).unwrap_or_default());
        }
        // A writer that does not append goes on at its old offset after a truncation: the file begins with a hole.
        let is_in_hole = self.context.iter().all(|byte| *byte == 0) && !self.splitter.has_partial();
        let hole = if is_in_hole { new.iter().take_while(|byte| **byte == 0).count() } else { 0 };
        self.offset += new.len() as u64;
        self.size = self.size.max(self.offset);
        let text = new.get(hole..).unwrap_or_default();
        self.context.clear();
        self.context.extend_from_slice(read.get(length.saturating_sub(CONTEXT_BYTES)..).unwrap_or_default());
        self.hand_over(text, outlet);
        Ok(if length == buf.len() { Step::More } else { Step::Grew })
    }

    fn hand_over(&mut self, text: &[u8], outlet: &Outlet) {
        let mut rest = text;
        while !rest.is_empty() && !outlet.is_closed() {
            let mut batch = LineBatch { origin: self.origin.clone(), ..LineBatch::default() };
            let taken = self.splitter.feed(rest, &mut batch);
            rest = rest.get(taken..).unwrap_or_default();
            outlet.send(batch);
        }
    }

    fn restart(&mut self, outlet: &Outlet) {
        self.flush(outlet);
        self.splitter = LineSplitter::default();
        (self.offset, self.size) = (0, 0);
        self.context.clear();
        self.head.clear();
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

/// The digest that the text of the compressed file `path` has as a plain file.
pub(super) fn packed_head_digest(path: &Path) -> io::Result<Option<u64>> {
    let mut file = extent::open(path)?;
    let mut magic = [0; super::packed::MAGIC_BYTES];
    let length = extent::read_at(&file, &mut magic, 0)?;
    let Some(packing) = Packing::detect(magic.get(..length).unwrap_or_default()) else { return Ok(None) };
    file.rewind()?;
    let mut head = Vec::new();
    Unpacked::new(file, packing)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(digest(&head))
}

fn digest(head: &[u8]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    head.hash(&mut hasher);
    (!head.is_empty()).then(|| hasher.finish())
}

fn flush(splitter: &mut LineSplitter, origin: Option<&Arc<str>>, outlet: &Outlet) {
    let mut batch = LineBatch { origin: origin.cloned(), ..LineBatch::default() };
    splitter.flush(&mut batch);
    outlet.send(batch);
}

fn first_offset(file: &File, size: u64, beginning: Beginning) -> io::Result<u64> {
    match beginning.start {
        StartAt::Beginning => Ok(0),
        StartAt::End => Ok(size),
        StartAt::Tail => last_lines(file, size, StartAt::TAIL_LINES),
        StartAt::Since(time) => first_since(file, size, time, beginning.time_of),
    }
}

/// Whether more than a tenth of a file's beginning is bytes that no text has. A hole at the very beginning is none.
fn is_binary(head: &[u8]) -> bool {
    let hole = head.iter().take_while(|byte| **byte == 0).count();
    let text = head.get(hole..).unwrap_or_default();
    let is_odd = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0c | 0x1b);
    text.iter().filter(is_odd).count() * 10 > text.len()
}
