//! Compressed files: unpacked once, to a file of ours ([`Spill`]) that the lines then stand in. And text in UTF-16, of which
//! that is done with what is there; what comes later is handed over as a copy.

use std::io::{self, Read as _};
use std::sync::Arc;

use super::{Beginning, Content, Step, Tail};
use crate::extent;
use crate::source::LineBatch;
use crate::source::file::outlet::Outlet;
use crate::source::file::packed::{Packing, Unpacked};
use crate::source::file::spill::Spill;
use crate::source::file::start::end_of_lines;

impl Tail {
    /// Opens the archive. Tried once: one that can not be unpacked now will not be later.
    pub(super) fn unseal(&mut self, packing: Packing) -> io::Result<Box<Unpacked>> {
        self.content = Content::Done;
        Ok(Box::new(Unpacked::new(self.reopen()?, packing)?))
    }

    /// Unpacks one block and hands its lines over. What came before any damage is shown.
    pub(super) fn step_packed(&mut self, buf: &mut [u8], spill: &mut Spill, outlet: &Outlet) -> io::Result<Step> {
        let Content::Packed(unpacked) = &mut self.content else { return Ok(Step::Nothing) };
        if !unpacked.is_archive() {
            return self.step_text(buf, outlet);
        }
        let unpacked = unpacked.read(buf).and_then(|length| {
            let text = buf.get(..length).unwrap_or_default();
            Ok((text, spill.append(text)?))
        });
        match unpacked {
            Ok((text, place)) if !text.is_empty() => {
                self.hand_over(text, place, outlet);
                Ok(Step::More)
            }
            outcome => {
                self.content = Content::Done;
                self.flush(outlet);
                outcome.map(|_| Step::Nothing)
            }
        }
    }

    /// Reads what has come of a text that is not in UTF-8.
    fn step_text(&mut self, buf: &mut [u8], outlet: &Outlet) -> io::Result<Step> {
        let Content::Packed(unpacked) = &mut self.content else { return Ok(Step::Nothing) };
        if unpacked.is_truncated() {
            self.restart(outlet)?;
            // Whatever it holds now is looked at anew.
            self.content = Content::Closed;
            return Ok(Step::Restarted);
        }
        let length = unpacked.read(buf)?;
        let origin = self.origin.clone();
        let send = &mut |batch| outlet.send(LineBatch { origin: origin.clone(), ..batch });
        let text = buf.get(..length).unwrap_or_default();
        self.cutter.feed(text, &self.join, || !outlet.is_closed(), send);
        Ok(if length > 0 { Step::More } else { Step::Nothing })
    }

    /// Unpacks all of it, as history. Tells after each block how many compressed bytes were read, and stops when that
    /// is answered with `false`. What came before any damage is history too.
    pub(in crate::source::file) fn unpack(
        &mut self,
        beginning: &Beginning,
        buf: &mut [u8],
        spill: &mut Spill,
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> io::Result<()> {
        let Content::Sealed(packing) = self.content else { return Ok(()) };
        let mut unpacked = self.unseal(packing)?;
        spill.begin();
        let start = spill.append(&[])?;
        let outcome = loop {
            match unpacked.read(buf) {
                Ok(0) => break Ok(()),
                Ok(length) => {
                    if let Err(error) = spill.append(buf.get(..length).unwrap_or_default()) {
                        break Err(error);
                    }
                }
                Err(error) => break Err(error),
            }
            if !goes_on(unpacked.position()) {
                break Ok(());
            }
        };
        goes_on(unpacked.position());
        let may_grow = !unpacked.is_archive() && beginning.follows();
        let end = if may_grow { Some(self.carry_unfinished(start.start, buf, spill)?) } else { None };
        // The next archive may go to the same file: a last line without a line end must not run into it.
        let outcome = outcome.and(spill.end_line(start.start));
        let range = spill.with_file(|file, all| beginning.wanted(file, start.start..end.unwrap_or(all)))?;
        self.history = (!range.is_empty()).then(|| self.stretch(&Arc::clone(&start.file), range));
        if !unpacked.is_archive() && outcome.is_ok() {
            self.content = Content::Packed(unpacked);
        }
        outcome
    }

    /// Leaves the unfinished last line of the text that `spill` has from `start` on to what comes. Says where it begins.
    fn carry_unfinished(&mut self, start: u64, buf: &mut [u8], spill: &Spill) -> io::Result<u64> {
        spill.with_file(|file, end| {
            let begin = end_of_lines(file, start..end)?;
            let mut at = begin;
            while let length @ 1.. = extent::read_at(file, buf, at)? {
                self.cutter.feed(buf.get(..length).unwrap_or_default(), &self.join, || true, &mut |_| {});
                at += length as u64;
            }
            Ok(begin)
        })
    }
}
