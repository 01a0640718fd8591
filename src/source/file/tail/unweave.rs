//! What is there of a container's log whose two streams stand within each other: written anew with the lines of each
//! record one behind the other, so that whoever reads it, from wherever, finds the same records.
//!
//! Most logs need not be: nothing is written before a record was found that others stand within.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::Tail;
use crate::extent::{TextFile, read_at};
use crate::source::file::spill::Spill;
use crate::source::file::woven::Weaver;
use crate::source::{LineBatch, Place};

/// Of a file that holds more than this nothing is written anew: it is read where it stands.
const MAX_BYTES: u64 = 256 << 20;

impl Tail {
    /// Whether its history may have to be written anew.
    pub(in crate::source::file) fn may_be_woven(&self) -> bool {
        let length = self.history.as_ref().map_or(0, |history| history.range.end - history.range.start);
        self.cutter.is_woven() && (1..=MAX_BYTES).contains(&length)
    }

    /// Writes its history to `spill`, if that is of use. Tells after each block how far it has read, and stops when that is
    /// answered with `false`. Where it fails the history stays what it is.
    pub(in crate::source::file) fn unweave(
        &mut self,
        buf: &mut [u8],
        spill: &mut Spill,
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> io::Result<()> {
        let Some(history) = self.history.clone().filter(|_| self.may_be_woven()) else { return Ok(()) };
        let file = self.reopen()?;
        let mut scan = Reading { file: &file, text: &history.file, range: history.range.clone() };
        let mut weaver = Weaver::new(false);
        scan.run(buf, &mut weaver, &mut goes_on, &mut |_| {});
        if !weaver.has_woven() {
            return Ok(());
        }
        spill.begin();
        let start = spill.append(&[])?;
        let mut written = Ok(());
        let mut write = |batch: LineBatch| {
            if written.is_ok() {
                written = append(spill, &batch);
            }
        };
        let mut again = Reading { file: &file, text: &history.file, range: history.range.clone() };
        let mut weaver = Weaver::new(false);
        again.run(buf, &mut weaver, &mut goes_on, &mut write);
        weaver.flush(&mut write);
        written?;
        let range = spill.with_file(|_, end| Ok(start.start..end))?;
        self.history = Some(self.stretch(&Arc::clone(&start.file), range));
        Ok(())
    }
}

/// A part of a file that is read through.
struct Reading<'a> {
    file: &'a File,
    text: &'a Arc<TextFile>,
    range: Range<u64>,
}

impl Reading<'_> {
    /// Reads to the end, or as far as there is anything.
    fn run(
        &mut self,
        buf: &mut [u8],
        weaver: &mut Weaver,
        goes_on: &mut impl FnMut(u64) -> bool,
        send: &mut dyn FnMut(LineBatch),
    ) {
        while self.range.start < self.range.end {
            let left = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX);
            let room = buf.len().min(left);
            let Ok(length @ 1..) = read_at(self.file, buf.get_mut(..room).unwrap_or_default(), self.range.start) else {
                return;
            };
            let place = Place { file: Arc::clone(self.text), start: self.range.start, is_cut: false };
            weaver.feed(buf.get(..length).unwrap_or_default(), place, send);
            self.range.start += length as u64;
            if !goes_on(self.range.start) {
                return;
            }
        }
    }
}

/// Writes the lines of `batch`, each with a line end.
fn append(spill: &mut Spill, batch: &LineBatch) -> io::Result<()> {
    if batch.place.is_some() {
        spill.append(&batch.bytes)?;
        return Ok(());
    }
    let text: Vec<u8> = batch.iter().flat_map(|line| [line, b"\n"].concat()).collect();
    spill.append(&text)?;
    Ok(())
}
