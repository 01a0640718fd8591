//! A stored line taken apart: every field with its type, for the screen and for filters on attributes.

use std::borrow::Cow;

use super::formats::{Probe, format_of, text};
use super::time::Hints;
use super::{Facts, ansi};
use crate::model::{Attributes, FormatId, Value};

/// A line taken apart completely.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading<'a> {
    /// What the store keeps as well.
    pub facts: Facts<'a>,
    /// The level as the line spells it, empty when it has none.
    pub severity_text: Cow<'a, str>,
    /// The message: the line without what the facts and fields say. The whole line for plain text. Invalid UTF-8 is
    /// replaced and terminal sequences of the line are gone; control characters are kept, and sequences that were
    /// escaped as JSON does: they are made safe where they are drawn.
    pub message: Cow<'a, str>,
    /// All other fields, in the order of the line, values typed. Nested JSON objects stay maps.
    pub fields: Attributes,
}

/// Takes `line` apart as `format`. A line that is not of that format is read as text, so nothing is ever hidden. The time
/// among the facts is read without hints: UTC where the line names no zone, none where it names no year. What the
/// parser decided when the line came stands in the store.
pub fn read(format: FormatId, line: &[u8]) -> Reading<'_> {
    match ansi::strip(line) {
        Cow::Borrowed(line) => read_plain(format, line),
        Cow::Owned(text) => read_plain(format, &text).of_original(line),
    }
}

/// The value of one field of `line` by its name; dotted names reach into nested objects (`http.status_code`), and a
/// literal dotted key is found too. Allocates only for the answer; much cheaper than [`read`].
pub fn field(format: FormatId, line: &[u8], key: &str) -> Option<Value> {
    format_of(format)?.field(&ansi::strip(line), key)
}

/// Takes a line without terminal sequences apart.
fn read_plain(format: FormatId, line: &[u8]) -> Reading<'_> {
    let hints = Hints::default();
    let probe = Probe::new(line, &hints);
    let reading = format_of(format).and_then(|known| known.read(&probe, format));
    reading.unwrap_or_else(|| text::reading(&probe))
}

impl Reading<'_> {
    /// The same of the line as it came, where this is of the line without its terminal sequences.
    fn of_original(self, line: &[u8]) -> Reading<'_> {
        Reading {
            facts: self.facts.of_original(line),
            severity_text: Cow::Owned(self.severity_text.into_owned()),
            message: Cow::Owned(self.message.into_owned()),
            fields: self.fields,
        }
    }
}
