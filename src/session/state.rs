//! What a session carries beside logs and traces: filter, marks, layout and accounting, as one log record.
//!
//! Its event name is [`STATE_EVENT`], its scope [`SESSION_SCOPE`]; each field is an attribute. Fields are only ever
//! added; what is missing in a record of an older version has its default.

use crate::model::{Attributes, LogRecord, Nanos, Value};
use crate::parse::otlp::{SESSION_SCOPE, session_scope};
use crate::session::Masker;
use crate::store::{Counts, LineId};

/// The event name of the record that holds the state.
pub const STATE_EVENT: &str = "spantail.session.state";
/// Marks that a session keeps, the first ones.
pub const MAX_MARKS: usize = 100_000;

/// How things stood when a session was saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionState {
    /// The filter in force, in the filter language.
    pub filter: String,
    /// What was searched for.
    pub search: String,
    /// The marked lines. Ids of the store when they are handed over to be written; when read from a file, positions
    /// in it: the first log line or loss of the file is 0.
    pub marks: Vec<u64>,
    /// The name of the focused pane.
    pub pane: String,
    /// Whether that pane filled the screen.
    pub zoomed: bool,
    /// Whether the view was paused.
    pub paused: bool,
    /// The selected line, numbered as the marks are.
    pub cursor: Option<u64>,
    /// What became of every record of each source, as it was.
    pub accounting: Vec<SourceFigures>,
    /// What the user called the session.
    pub title: String,
    /// When it was saved; 0 when unknown, never before 1970.
    pub saved_at: Nanos,
}

/// The accounting of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFigures {
    /// The source's name on the screen.
    pub label: String,
    /// Its log lines.
    pub logs: Counts,
    /// Its spans.
    pub spans: Counts,
}

/// Which version of this record's meaning was written.
const VERSION: i64 = 1;

impl SessionState {
    /// The same with lines numbered by `position`; lines that have none are left out.
    pub(super) fn numbered(&self, position: impl Fn(LineId) -> Option<u64>) -> Self {
        Self {
            marks: self.marks.iter().filter_map(|id| position(*id)).take(MAX_MARKS).collect(),
            cursor: self.cursor.and_then(&position),
            ..self.clone()
        }
    }

    /// The record as which the state travels, its texts masked.
    pub(super) fn to_record(&self, masker: &Masker) -> LogRecord {
        let text = |text: &str| Value::from(masker.text(text).into_owned());
        let figures = self.accounting.iter().map(|source| Value::Map(write_figures(source, masker)));
        let fields = [
            ("spantail.version", Value::Int(VERSION)),
            ("spantail.title", text(&self.title)),
            ("spantail.filter", text(&self.filter)),
            ("spantail.search", text(&self.search)),
            ("spantail.pane", text(&self.pane)),
            ("spantail.zoomed", Value::Bool(self.zoomed)),
            ("spantail.paused", Value::Bool(self.paused)),
            ("spantail.cursor", self.cursor.map_or(Value::Null, int)),
            ("spantail.marks", Value::Array(self.marks.iter().copied().map(int).collect())),
            ("spantail.accounting", Value::Array(figures.collect())),
        ];
        LogRecord {
            time: self.saved_at,
            body: Value::from("the state of a spantail session"),
            attributes: fields.into_iter().collect(),
            event_name: STATE_EVENT.into(),
            scope: session_scope(),
            ..LogRecord::default()
        }
    }

    /// The state that `record` holds; `None` when it is another record.
    pub(super) fn from_record(record: &LogRecord) -> Option<Self> {
        if &*record.scope.name != SESSION_SCOPE || &*record.event_name != STATE_EVENT {
            return None;
        }
        let fields = &record.attributes;
        let text = |key| fields.text(key).unwrap_or_default().to_owned();
        let truth = |key| matches!(fields.get(key), Some(Value::Bool(true)));
        let marks = list(fields.get("spantail.marks")).iter().filter_map(uint).take(MAX_MARKS);
        Some(Self {
            filter: text("spantail.filter"),
            search: text("spantail.search"),
            marks: marks.collect(),
            pane: text("spantail.pane"),
            zoomed: truth("spantail.zoomed"),
            paused: truth("spantail.paused"),
            cursor: fields.get("spantail.cursor").and_then(uint),
            accounting: list(fields.get("spantail.accounting")).iter().filter_map(read_figures).collect(),
            title: text("spantail.title"),
            saved_at: record.time,
        })
    }
}

/// The place of one figure.
type Figure = fn(&mut Counts) -> &mut u64;

/// The figures of [`Counts`] by name: one table for writing and reading.
const COUNTS: [(&str, Figure); 7] = [
    ("received", |counts| &mut counts.received),
    ("stored", |counts| &mut counts.stored),
    ("rate_limited", |counts| &mut counts.rate_limited),
    ("dropped", |counts| &mut counts.dropped),
    ("rejected", |counts| &mut counts.rejected),
    ("pending", |counts| &mut counts.pending),
    ("evicted", |counts| &mut counts.evicted),
];

fn write_figures(source: &SourceFigures, masker: &Masker) -> Attributes {
    let counts = |mut counts: Counts| {
        let figures = COUNTS.map(|(name, figure)| (name, int(*figure(&mut counts))));
        Value::Map(figures.into_iter().collect())
    };
    let label = Value::from(masker.text(&source.label).into_owned());
    [("label", label), ("logs", counts(source.logs)), ("spans", counts(source.spans))].into_iter().collect()
}

fn read_figures(value: &Value) -> Option<SourceFigures> {
    let Value::Map(source) = value else { return None };
    let counts = |key| {
        let mut counts = Counts::default();
        if let Some(Value::Map(map)) = source.get(key) {
            for (name, figure) in COUNTS {
                *figure(&mut counts) = map.get(name).and_then(uint).unwrap_or(0);
            }
        }
        counts
    };
    Some(SourceFigures { label: source.text("label")?.to_owned(), logs: counts("logs"), spans: counts("spans") })
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// OTLP has signed numbers only; no counter comes near their end.
fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn uint(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_another_version_is_read_as_far_as_it_goes() {
        let mut record = SessionState::default().to_record(&Masker::off());
        record.attributes = [
            ("spantail.version", Value::Int(9)),
            ("spantail.filter", Value::from("level:error")),
            ("spantail.marks", Value::Array(vec![Value::Int(1), Value::Int(-1), Value::from("x"), Value::Int(3)])),
            ("spantail.zoomed", Value::from("yes")),
            ("spantail.accounting", Value::Array(vec![Value::Null, Value::Map(Attributes::default())])),
        ]
        .into_iter()
        .collect();
        let read = SessionState::from_record(&record).unwrap();
        assert_eq!(read, SessionState { filter: "level:error".into(), marks: vec![1, 3], ..SessionState::default() });
        record.event_name = "another".into();
        assert_eq!(SessionState::from_record(&record), None);
    }
}
