//! Lines that journald cut: one that a service printed and that is longer than `LineMax` (48 KiB unless journald.conf says
//! otherwise) comes as several entries of one stream, all but the last of which say `_LINE_BREAK=line-max`
//! (systemd.journal-fields(7)). Makes one entry of them again, with the fields of the first.

use memchr::memmem;
use serde_json::{Map, Value};

use crate::source::MAX_LINE_BYTES;

/// Of no more streams the pieces are kept at a time.
const MAX_OPEN: usize = 16;

/// The entries that are not whole yet.
#[derive(Default)]
pub(super) struct Pieces(Vec<Open>);

struct Open {
    stream: String,
    entry: Map<String, Value>,
    /// How long its pieces are.
    bytes: usize,
}

impl Pieces {
    /// Whether any entry waits for its rest.
    pub(super) fn is_waiting(&self) -> bool {
        !self.0.is_empty()
    }

    /// Takes `line`, if it is a piece of an entry; else leaves it. Hands the entries that this makes whole to `take`.
    pub(super) fn join(&mut self, line: &[u8], take: impl FnMut(&[u8])) -> bool {
        let is_cut = memmem::find(line, b"\"_LINE_BREAK\":\"line-max\"").is_some();
        if !is_cut && !self.0.iter().any(|open| memmem::find(line, open.stream.as_bytes()).is_some()) {
            return false;
        }
        let Ok(mut entry) = serde_json::from_slice::<Map<String, Value>>(line) else { return false };
        let Some(stream) = entry.get("_STREAM_ID").and_then(Value::as_str).map(str::to_owned) else { return false };
        let known = self.0.iter().position(|open| open.stream == stream);
        let Some(message) = entry.get_mut("MESSAGE").map(Value::take).filter(|_| is_cut || known.is_some()) else {
            return false;
        };
        let open = known.map(|at| self.0.remove(at));
        let mut open = open.unwrap_or(Open { stream, entry, bytes: 0 });
        open.bytes += line.len();
        let before = open.entry.remove("MESSAGE").unwrap_or_default();
        open.entry.insert("MESSAGE".to_owned(), joined(before, message));
        let is_whole = !is_cut;
        if is_whole {
            open.entry.remove("_LINE_BREAK");
        }
        self.keep(open, is_whole, take);
        true
    }

    /// Hands over the entries whose rest does not come, as they are.
    pub(super) fn give_up(&mut self, mut take: impl FnMut(&[u8])) {
        self.0.drain(..).for_each(|open| take(&open.line()));
    }

    /// Keeps `open` unless it is whole, or as long as a line may be.
    fn keep(&mut self, open: Open, is_whole: bool, mut take: impl FnMut(&[u8])) {
        if is_whole || open.bytes > MAX_LINE_BYTES / 2 {
            return take(&open.line());
        }
        if self.0.len() >= MAX_OPEN {
            take(&self.0.remove(0).line());
        }
        self.0.push(open);
    }
}

impl Open {
    fn line(&self) -> Vec<u8> {
        serde_json::to_vec(&self.entry).unwrap_or_default()
    }
}

/// Two pieces of a message, each a text or, where it is not printable, a list of bytes.
fn joined(before: Value, after: Value) -> Value {
    match (before, after) {
        (Value::Null, message) | (message, Value::Null) => message,
        (Value::String(before), Value::String(after)) => Value::String(before + &after),
        (before, after) => Value::Array([bytes(before), bytes(after)].concat()),
    }
}

fn bytes(message: Value) -> Vec<Value> {
    match message {
        Value::Array(bytes) => bytes,
        Value::String(text) => text.bytes().map(Value::from).collect(),
        other => vec![other],
    }
}
