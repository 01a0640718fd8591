//! The events that are packed in a message: unpacked and decoded block by block, so that a small message that unpacks to
//! much costs no more memory than a large one.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use rmpv::ValueRef;

use super::message::{Packing, Unreadable, decoded, pair};
use super::wire::{Broken, Scanner};

/// An event is at most so long.
const MAX_EVENT_BYTES: usize = 4 << 20;
/// What is packed in one message unpacks to at most so much.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;
/// How much is unpacked at a time.
const BLOCK_BYTES: u64 = 256 << 10;

/// Unpacks the events of one message.
pub(super) struct Unpacker<'a> {
    reader: Box<dyn Read + Send + 'a>,
    buffer: Vec<u8>,
    scanner: Scanner,
    unpacked: u64,
}

impl<'a> Unpacker<'a> {
    /// Of `bytes`, packed so.
    pub(super) fn new(bytes: &'a [u8], packing: Packing) -> Result<Self, Unreadable> {
        let reader: Box<dyn Read + Send + 'a> = match packing {
            Packing::None => Box::new(bytes),
            Packing::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Packing::Zstd => Box::new(
                zstd::stream::read::Decoder::with_buffer(bytes)
                    .map_err(|error| Unreadable::Packed(error.to_string()))?,
            ),
        };
        Ok(Self { reader, buffer: Vec::new(), scanner: Scanner::default(), unpacked: 0 })
    }

    /// Gives the events of the next block to `each`, as time and record. `false`: that was the last block.
    pub(super) fn block(&mut self, each: &mut impl FnMut(&ValueRef<'_>, &ValueRef<'_>)) -> Result<bool, Unreadable> {
        let before = self.buffer.len();
        // What came before an error is good.
        let block = (&mut self.reader).take(BLOCK_BYTES).read_to_end(&mut self.buffer);
        let read = self.buffer.len() - before;
        self.unpacked += read as u64;
        if self.unpacked > MAX_UNPACKED_BYTES {
            return Err(Unreadable::Packed(format!("they unpack to more than {} MiB", MAX_UNPACKED_BYTES >> 20)));
        }
        let mut begin = 0;
        while let Some(rest) = self.buffer.get(begin..).filter(|rest| !rest.is_empty()) {
            let Some(length) = self.scanner.end(rest, MAX_EVENT_BYTES)? else { break };
            let (time, record) = pair(decoded(rest.get(..length).unwrap_or_default())?)?;
            each(&time, &record);
            begin += length;
        }
        self.buffer.drain(..begin);
        block.map_err(|error| Unreadable::Packed(error.to_string()))?;
        if read == 0 && !self.buffer.is_empty() {
            return Err(Unreadable::Wire(Broken::Cut));
        }
        Ok(read > 0)
    }
}
