//! Lines of text into a row of zstd frames, each of which can be read without the others.
//!
//! A frame carries its length and a checksum and always holds whole lines. It is compressed in memory and written in
//! one piece, so what a reader finds at the end of a file that is being written is a whole frame or a cut one, never a
//! wrong one. Memory is bounded by [`FRAME_BYTES`] or the longest single line.

use std::io::{self, Write};

use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

/// Bytes of text in a frame at most, but for a single line that is longer.
pub(super) const FRAME_BYTES: usize = 4 << 20;
/// zstd's own default: three times as fast as gzip and smaller.
const LEVEL: i32 = 3;

/// Writes lines to `W` in frames.
pub(super) struct FrameWriter<W> {
    out: W,
    compressor: Compressor<'static>,
    text: Vec<u8>,
    frame: Vec<u8>,
    written: u64,
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        Ok(Self { out, compressor, text: Vec::new(), frame: Vec::new(), written: 0 })
    }

    /// Adds one line, given without its end.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.text.len() + line.len() >= FRAME_BYTES {
            self.end_frame()?;
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        Ok(())
    }

    /// Writes what was added since the last frame as one; nothing when nothing was.
    pub(super) fn end_frame(&mut self) -> io::Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.frame.clear();
        self.frame.reserve(compress_bound(self.text.len()));
        self.compressor.compress_to_buffer(&self.text, &mut self.frame)?;
        self.out.write_all(&self.frame)?;
        self.written += self.frame.len() as u64;
        self.text.clear();
        self.text.shrink_to(2 * FRAME_BYTES);
        self.frame.shrink_to(2 * FRAME_BYTES);
        Ok(())
    }

    /// Bytes written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn get_ref(&self) -> &W {
        &self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_bounded_and_hold_whole_lines() {
        let mut frames = FrameWriter::new(Vec::new()).unwrap();
        let line = vec![b'x'; FRAME_BYTES / 3];
        for _ in 0..7 {
            frames.line(&line).unwrap();
        }
        frames.line(&vec![b'y'; 2 * FRAME_BYTES]).unwrap();
        frames.end_frame().unwrap();
        frames.end_frame().unwrap();
        assert_eq!(frames.written(), frames.get_ref().len() as u64);
        let mut rest = frames.get_ref().as_slice();
        let mut sizes = Vec::new();
        while !rest.is_empty() {
            let (frame, after) = rest.split_at(zstd::zstd_safe::find_frame_compressed_size(rest).unwrap());
            let text = zstd::bulk::decompress(frame, 4 * FRAME_BYTES).unwrap();
            assert_eq!(text.last(), Some(&b'\n'));
            sizes.push(text.len());
            rest = after;
        }
        let two = 2 * (line.len() + 1);
        assert_eq!(sizes, [two, two, two, line.len() + 1, 2 * FRAME_BYTES + 1]);
    }
}
