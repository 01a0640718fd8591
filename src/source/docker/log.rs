//! One container's log on its way to the intake: a message's time is taken off, what was handed over before is left out,
//! and each line goes on as a line of the `cri` format, which carries the engine's time and the stream.
//!
//! Standard output and standard error each have a splitter: pieces of a long line and lines of a stack trace find
//! together although the other stream writes in between.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use memchr::{memchr, memchr_iter};

use super::cursor::Cursor;
use super::frames::{Message, Stream};
use crate::model::{Nanos, Resource};
use crate::source::lines::LineSplitter;
use crate::source::{Batch, LineBatch, SourceContext};

/// No stamp is longer: `2026-03-01T10:00:00.000000001+00:00`.
const STAMP_BYTES: usize = 40;

/// Who writes a log: the same for all its lines.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    /// What the screen names it.
    pub(super) origin: Arc<str>,
    /// What is known of it.
    pub(super) resource: Arc<Resource>,
}

/// The way of one log, which outlives its connections.
#[derive(Debug)]
pub(super) struct Log {
    /// Where to go on.
    pub(super) cursor: Cursor,
    writer: Writer,
    out: LineSplitter,
    err: LineSplitter,
    /// Lines that one message became, as `cri` has them.
    lines: Vec<u8>,
    batch: LineBatch,
    taken: u64,
}

impl Log {
    /// Of `writer`, nothing of it read so far.
    pub(super) fn new(writer: Writer, cursor: Cursor, cx: &SourceContext) -> Self {
        let splitter = || LineSplitter::new(&cx.join);
        Self {
            cursor,
            out: splitter(),
            err: splitter(),
            lines: Vec::new(),
            batch: new_batch(&writer),
            writer,
            taken: 0,
        }
    }

    /// From now on the container is called otherwise.
    pub(super) fn rename(&mut self, writer: Writer) {
        self.writer = writer;
        self.batch = new_batch(&self.writer);
    }

    /// Takes one message. What it completes waits for [`Self::send`], unless it is much.
    pub(super) async fn take(&mut self, message: Message<'_>, cx: &SourceContext) {
        let (stamp, time, text) = stamped(message.bytes);
        // What has no time, as the engine's own words, can not be asked for again either.
        let is_new = time.is_none_or(|time| self.cursor.is_new(message.stream, time, text));
        if !is_new {
            return;
        }
        let now = || DateTime::from_timestamp_nanos(cx.clock.now()).to_rfc3339_opts(SecondsFormat::Nanos, true);
        let stamp = if time.is_some() { stamp.into() } else { Cow::Owned(now()) };
        self.taken += 1;
        self.write(message.stream, &stamp, text);
        let lines = std::mem::take(&mut self.lines);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            let splitter = if message.stream == Stream::Out { &mut self.out } else { &mut self.err };
            let taken = splitter.feed(rest, &mut self.batch);
            rest = rest.get(taken..).unwrap_or_default();
            if !rest.is_empty() {
                self.send(cx).await;
            }
        }
        self.lines = lines;
    }

    /// How many messages were new.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// How long to wait for more before [`Self::settle`].
    pub(super) fn patience(&self) -> Option<Duration> {
        self.out.patience().into_iter().chain(self.err.patience()).min()
    }

    /// Hands over what waited for its next line long enough. Everything before has to be sent.
    pub(super) async fn settle(&mut self, cx: &SourceContext) {
        let is_out = self.out.patience().is_some_and(|out| self.err.patience().is_none_or(|err| out <= err));
        if is_out {
            self.out.settle(&mut self.batch)
        } else {
            self.err.settle(&mut self.batch)
        };
        self.send(cx).await;
    }

    /// Hands over all that is held back: the connection has ended.
    pub(super) async fn flush(&mut self, cx: &SourceContext) {
        self.send(cx).await;
        while self.out.flush(&mut self.batch) || self.err.flush(&mut self.batch) {
            self.send(cx).await;
        }
    }

    /// Hands over what is complete.
    pub(super) async fn send(&mut self, cx: &SourceContext) {
        if !self.batch.is_empty() {
            let batch = std::mem::replace(&mut self.batch, new_batch(&self.writer));
            cx.intake.send(Batch::Lines(batch)).await;
        }
    }

    /// Writes the lines of a message as `cri` has them; the last is a piece unless it has a line end.
    fn write(&mut self, stream: Stream, stamp: &str, text: &[u8]) {
        self.lines.clear();
        let name = if stream == Stream::Out { "stdout" } else { "stderr" };
        let mut begin = 0;
        let ends = memchr_iter(b'\n', text).map(|end| (end, "F")).chain(std::iter::once((text.len(), "P")));
        for (end, tag) in ends {
            let line = text.get(begin..end).unwrap_or_default();
            if tag == "F" || !line.is_empty() {
                for part in [stamp.as_bytes(), b" ", name.as_bytes(), b" ", tag.as_bytes(), b" "] {
                    self.lines.extend_from_slice(part);
                }
                self.lines.extend_from_slice(if tag == "F" { line.strip_suffix(b"\r").unwrap_or(line) } else { line });
                self.lines.push(b'\n');
            }
            begin = end + 1;
        }
    }
}

fn new_batch(writer: &Writer) -> LineBatch {
    LineBatch {
        origin: Some(Arc::clone(&writer.origin)),
        resource: Some(Arc::clone(&writer.resource)),
        ..LineBatch::default()
    }
}

/// The time that a message begins with, as it is written and as it is, and what stands behind it. Without one all is text.
fn stamped(bytes: &[u8]) -> (&str, Option<Nanos>, &[u8]) {
    let parts = || {
        let head = bytes.get(..bytes.len().min(STAMP_BYTES))?;
        let (stamp, rest) = bytes.split_at_checked(memchr(b' ', head)?)?;
        let stamp = str::from_utf8(stamp).ok()?;
        let time = DateTime::parse_from_rfc3339(stamp).ok()?.timestamp_nanos_opt()?;
        Some((stamp, Some(time), rest.get(1..)?))
    };
    parts().unwrap_or(("", None, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_taken_off_where_there_is_one() {
        let nanos = 1_772_359_200_000_000_001;
        let both = [
            ("2026-03-01T10:00:00.000000001Z a  b\n", Some(nanos), "a  b\n"),
            ("2026-03-01T12:00:00.000000001+02:00 x", Some(nanos), "x"),
            ("2026-03-01T10:00:00Z \n", Some(nanos - 1), "\n"),
            ("2026-03-01T10:00:00Z", None, "2026-03-01T10:00:00Z"),
            ("Error grabbing logs: x", None, "Error grabbing logs: x"),
            ("", None, ""),
        ];
        for (text, time, rest) in both {
            let got = stamped(text.as_bytes());
            assert_eq!((got.1, got.2), (time, rest.as_bytes()), "{text}");
        }
        assert_eq!(stamped(b"\xff\xfe 1").1, None);
    }
}
