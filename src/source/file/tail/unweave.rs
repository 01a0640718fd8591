//! What is there of a container's log whose two streams stand within each other: written anew with the lines of each
//! record one behind the other, so that whoever reads it, from wherever, finds the same records.
//!
//! Most logs need not be: nothing is written before a record was found that others stand within.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::{BLOCK_BYTES, Tail};
use crate::extent::Stretch;
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
        buf: &mut Vec<u8>,
        spill: &mut Spill,
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> io::Result<()> {
        let Some(history) = self.history.clone().filter(|_| self.may_be_woven()) else { return Ok(()) };
        let mut weaver = Weaver::new(false);
        read(&history, buf, &mut goes_on, |text, place| {
            weaver.feed(text, place, &mut |_| {});
            !weaver.has_woven()
        });
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
        let mut weaver = Weaver::new(false);
        read(&history, buf, &mut goes_on, |text, place| {
            weaver.feed(text, place, &mut write);
            true
        });
        weaver.flush(&mut write);
        written?;
        let range = spill.with_file(|_, end| Ok(start.start..end))?;
        self.history = Some(self.stretch(&Arc::clone(&start.file), range));
        Ok(())
    }
}

/// Reads `history` through `buf`, which then has the length it had, and gives it to `take` piece by piece: to its end, as
/// far as there is anything, or until `take` or `goes_on` answers with `false`.
fn read(
    history: &Stretch,
    buf: &mut Vec<u8>,
    goes_on: &mut impl FnMut(u64) -> bool,
    mut take: impl FnMut(&[u8], Place) -> bool,
) {
    let usual = buf.len();
    let Range { mut start, end } = history.range.clone();
    while start < end {
        let next = end.min(start + BLOCK_BYTES as u64);
        if history.file.read(start..next, buf).is_err() {
            break;
        }
        let place = Place { file: Arc::clone(&history.file), start, is_cut: false };
        start = next;
        if !take(buf, place) || !goes_on(start) {
            break;
        }
    }
    buf.resize(usual, 0);
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
