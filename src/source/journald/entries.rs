//! What `journalctl` prints, cut into entries: a line of JSON each, of which only the cursor is looked at.

use memchr::{memchr, memmem};
use serde_json::{Map, Value};

use super::pieces::Pieces;
use crate::source::{LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// No entry is longer; a crashed program's memory can be. What is, is left out and counted.
const MAX_ENTRY_BYTES: usize = 64 << 20;

/// In an entry that is too long for a line, no field is longer.
const MAX_FIELD_BYTES: usize = MAX_LINE_BYTES / 16;

/// In such an entry no more fields are kept.
const MAX_FIELDS: usize = 12;

/// Cuts a stream of chunks into entries.
#[derive(Default)]
pub(super) struct Entries {
    /// The beginning of an entry that has not ended.
    partial: Vec<u8>,
    /// Whether it was too long, and its end is waited for.
    skips: bool,
    /// Those that journald cut.
    pieces: Pieces,
    /// The whole entries that wait to be handed over.
    batch: LineBatch,
    /// The cursor of the last of them.
    cursor: Option<String>,
    left_out: u64,
}

impl Entries {
    /// Takes what of `chunk` ends an entry, and answers how many bytes it took: fewer than there are once a batch is full.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> usize {
        let mut taken = 0;
        while let Some(rest) = chunk.get(taken..).filter(|rest| !rest.is_empty()) {
            if self.batch.bytes.len() >= MAX_BATCH_BYTES / 2 {
                break;
            }
            let Some(end) = memchr(b'\n', rest) else {
                self.carry(rest);
                return chunk.len();
            };
            let (line, _) = rest.split_at(end);
            taken += end + 1;
            self.complete(line);
        }
        taken
    }

    /// The entries so far, the cursor of the last one, and how many were left out.
    pub(super) fn take(&mut self) -> (LineBatch, Option<String>, u64) {
        (std::mem::take(&mut self.batch), self.cursor.take(), std::mem::take(&mut self.left_out))
    }

    /// Whether an entry that journald cut waits for its rest.
    pub(super) fn is_waiting(&self) -> bool {
        self.pieces.is_waiting()
    }

    /// Takes the entries whose rest does not come as they are.
    pub(super) fn give_up(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.give_up(|line| self.add(line));
    }

    fn carry(&mut self, bytes: &[u8]) {
        if self.skips || self.partial.len() + bytes.len() > MAX_ENTRY_BYTES {
            self.skips = true;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn complete(&mut self, line: &[u8]) {
        if self.partial.is_empty() && !self.skips {
            return self.push(line);
        }
        self.carry(line);
        if std::mem::take(&mut self.skips) {
            self.left_out += 1;
        }
        let whole = std::mem::take(&mut self.partial);
        self.push(&whole);
    }

    fn push(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if let Some(cursor) = cursor_of(line) {
            self.cursor = Some(cursor.to_owned());
        }
        let mut pieces = std::mem::take(&mut self.pieces);
        if !pieces.join(line, |whole| self.add(whole)) {
            self.add(line);
        }
        self.pieces = pieces;
    }

    fn add(&mut self, line: &[u8]) {
        if line.len() <= MAX_LINE_BYTES / 2 {
            self.batch.push(line);
        } else if let Some(short) = shortened(line) {
            self.batch.push(&short);
        } else {
            self.left_out += 1;
        }
    }
}

/// The cursor in an entry. A quote within a value is escaped, so the key stands nowhere else.
fn cursor_of(line: &[u8]) -> Option<&str> {
    const KEY: &[u8] = b"\"__CURSOR\":\"";
    let after = line.get(memmem::find(line, KEY)? + KEY.len()..)?;
    std::str::from_utf8(after.get(..memchr(b'"', after)?)?).ok()
}

/// An entry with its long fields cut, so that it is a line.
fn shortened(line: &[u8]) -> Option<Vec<u8>> {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    if fields.len() > MAX_FIELDS {
        // A field that is this short costs nothing.
        let total = fields.len();
        let is_kept = |value: &Value| value.as_str().is_some_and(|text| text.len() < MAX_LINE_BYTES / total / 8);
        let mut long = 0;
        fields.retain(|_, value| {
            long += usize::from(!is_kept(value));
            is_kept(value) || long <= MAX_FIELDS
        });
    }
    fields.values_mut().for_each(cut);
    Some(Value::Object(fields).to_string().into_bytes())
}

fn cut(value: &mut Value) {
    match value {
        // A text escapes a byte to six at most.
        Value::String(text) if text.len() > MAX_FIELD_BYTES / 8 => {
            let mut end = MAX_FIELD_BYTES / 8;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let more = text.len() - end;
            text.truncate(end);
            text.extend([" …[", &more.to_string(), " bytes cut]"]);
        }
        // Bytes take four places at most, texts in a list are cut each.
        Value::Array(values) => {
            values.truncate(MAX_FIELD_BYTES / 8);
            let budget = MAX_FIELD_BYTES / values.len().max(1) / 8;
            values.iter_mut().filter(|value| value.as_str().is_some_and(|text| text.len() > budget)).for_each(
                |value| {
                    *value = Value::Null;
                },
            );
        }
        _ => {}
    }
}
