//! What Loki answers, as it stands on the wire: the streams of `query_range` and the frames of `tail`.
//!
//! As Grafana's "Loki HTTP API" tells it, and as Loki 3.7 was heard to speak. Labels, structured metadata and what the
//! query's parsers found come apart where the server knows the flag `categorize-labels`; older ones put all of it into the
//! labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::Nanos;

/// Names and values, in the order of the names.
pub(super) type Labels = BTreeMap<String, String>;

/// One line of one stream.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Nanoseconds since 1970 UTC: what the sender said, or when the line was pushed.
    pub(super) time: Nanos,
    /// The stream's labels.
    pub(super) labels: Arc<Labels>,
    /// What was sent with the line: ids, fields.
    pub(super) metadata: Labels,
    /// What the query's own parsers took from the line.
    pub(super) parsed: Labels,
    /// The line, which may have line ends in it.
    pub(super) line: String,
}

/// Entries, and how many there were that could not be understood.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) entries: Vec<Entry>,
    pub(super) rejected: u64,
}

/// What one message of the tail says.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) entries: Entries,
    /// The times of entries that the server dropped because this reader was too slow.
    pub(super) dropped: Vec<Nanos>,
}

#[derive(Deserialize)]
struct RangeAnswer<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType", default)]
    result_type: String,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    stream: Labels,
    #[serde(default)]
    values: Vec<Item>,
}

#[derive(Deserialize)]
struct Item(String, String, #[serde(default)] Categories);

#[derive(Deserialize, Default)]
struct Categories {
    #[serde(rename = "structuredMetadata", default)]
    metadata: Labels,
    #[serde(default)]
    parsed: Labels,
}

#[derive(Deserialize)]
struct TailFrame {
    streams: Option<Vec<Stream>>,
    dropped_entries: Option<Vec<Dropped>>,
}

#[derive(Deserialize)]
struct Dropped {
    timestamp: String,
}

/// Reads an answer of `query_range`. An error says why there are no lines in it.
pub(super) fn range(bytes: &[u8]) -> Result<Entries, String> {
    let answer: RangeAnswer<'_> = serde_json::from_slice(bytes).map_err(|error| no_answer(&error))?;
    let Some(data) = answer.data else { return Ok(Entries::default()) };
    match &*data.result_type {
        "streams" | "" => {}
        other => return Err(format!("the query gives numbers ({other}) and no lines; leave out what counts or sums")),
    }
    let Some(result) = data.result else { return Ok(Entries::default()) };
    let streams: Option<Vec<Stream>> = serde_json::from_str(result.get()).map_err(|error| no_answer(&error))?;
    Ok(entries_of(streams.unwrap_or_default()))
}

/// Reads a message of `tail`.
pub(super) fn frame(text: &str) -> Result<Frame, String> {
    let frame: TailFrame = serde_json::from_str(text).map_err(|error| no_answer(&error))?;
    let dropped = frame.dropped_entries.unwrap_or_default();
    Ok(Frame {
        entries: entries_of(frame.streams.unwrap_or_default()),
        dropped: dropped.iter().map(|dropped| dropped.timestamp.parse().unwrap_or(0)).collect(),
    })
}

fn no_answer(error: &serde_json::Error) -> String {
    format!("what came is no answer of Loki's: {error}")
}

fn entries_of(streams: Vec<Stream>) -> Entries {
    let mut all = Entries::default();
    for Stream { mut stream, values } in streams {
        // Where a loud stream is kept in parts, which part a line is in says nothing of the line.
        stream.remove("__stream_shard__");
        let labels = Arc::new(stream);
        for Item(time, line, Categories { metadata, parsed }) in values {
            match time.parse() {
                Ok(time) => all.entries.push(Entry { time, labels: Arc::clone(&labels), metadata, parsed, line }),
                Err(_) => all.rejected += 1,
            }
        }
    }
    all
}
