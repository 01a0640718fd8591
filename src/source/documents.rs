//! Documents of JSON on their way to the ingest: one line each, in batches.
//!
//! What a server keeps as a document is handed over as the line of JSON that it is, so that one place knows what fields
//! mean. Only what would keep it from being one line is changed.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Batch, Intake, LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};
use crate::model::{Nanos, Resource};

/// So many lines are handed over at once, or [`MAX_BATCH_BYTES`].
const BATCH: usize = 4096;
/// Room for the mark of a cut.
const CUT_MARK_BYTES: usize = 40;

/// Documents that wait to be handed over.
pub struct Documents<'a> {
    intake: &'a dyn Intake,
    batch: LineBatch,
}

impl<'a> Documents<'a> {
    /// None yet. What is not [flushed](Self::flush) in the end is lost.
    pub fn new(intake: &'a dyn Intake) -> Self {
        Self { intake, batch: LineBatch::default() }
    }

    /// Adds a document; `origin` and `resource` are shared by many, and one behind the other best.
    pub async fn push(&mut self, line: &str, origin: &Arc<str>, resource: &Arc<Resource>) {
        let is_other = self.batch.origin.as_ref() != Some(origin);
        let is_full = self.batch.len() >= BATCH || self.batch.bytes.len() + line.len() > MAX_BATCH_BYTES;
        if is_other || is_full {
            self.flush().await;
            self.batch.origin = Some(Arc::clone(origin));
            self.batch.resource = Some(Arc::clone(resource));
        }
        self.batch.push(line.as_bytes());
    }

    /// Hands over what waits.
    pub async fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.intake.send(Batch::Lines(batch)).await;
        }
    }
}

/// A document of JSON as one line. Within its texts line ends are escaped, so that those that stand there are blanks.
pub fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains(['\n', '\r']) { Cow::Owned(json.replace(['\n', '\r'], " ")) } else { Cow::Borrowed(json) }
}

/// An object of JSON with the time `time` in it, as `@timestamp` in front of all others, unless it has such a field.
pub fn with_time(json: &str, time: Nanos) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Timed {
        #[serde(rename = "@timestamp")]
        time: Option<IgnoredAny>,
    }
    let is_timed = serde_json::from_str::<Timed>(json).map_or(true, |timed| timed.time.is_some());
    let Some(rest) = json.trim_start().strip_prefix('{').filter(|_| !is_timed) else { return Cow::Borrowed(json) };
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    let time = chrono::DateTime::from_timestamp_nanos(time).to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    Cow::Owned(format!("{{\"@timestamp\":\"{time}\"{comma}{rest}"))
}

/// Cuts a line that is longer than [`MAX_LINE_BYTES`], and says so at its end.
pub fn shorten(line: &mut String) {
    if line.len() <= MAX_LINE_BYTES {
        return;
    }
    let mut end = MAX_LINE_BYTES - CUT_MARK_BYTES;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let cut = line.len() - end;
    line.truncate(end);
    line.extend([" …[", &cut.to_string(), " bytes cut]"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_one_line_and_keeps_what_it_says() {
        let pretty = "{\n  \"a\": 12345678901234567890123,\r\n  \"b\": \"x\\ny\"\n}";
        assert_eq!(one_line(pretty), "{   \"a\": 12345678901234567890123,    \"b\": \"x\\ny\" }");
        assert!(matches!(one_line("{}"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_document_without_a_time_gets_one() {
        let time = 1_772_359_200_123_000_000;
        let cases = [
            (r#"{"a":1}"#, r#"{"@timestamp":"2026-03-01T10:00:00.123000000Z","a":1}"#),
            ("{}", r#"{"@timestamp":"2026-03-01T10:00:00.123000000Z"}"#),
            (r#"{"@timestamp":5}"#, r#"{"@timestamp":5}"#),
            (r#"{"x":{"@timestamp":5}}"#, r#"{"@timestamp":"2026-03-01T10:00:00.123000000Z","x":{"@timestamp":5}}"#),
            ("[]", "[]"),
        ];
        for (json, expected) in cases {
            assert_eq!(with_time(json, time), expected);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        let mut line = "é".repeat(MAX_LINE_BYTES);
        shorten(&mut line);
        assert!(line.len() <= MAX_LINE_BYTES && line.ends_with(" bytes cut]"));
        let mut short = "as it is".to_owned();
        shorten(&mut short);
        assert_eq!(short, "as it is");
    }
}
