//! How what the log store holds travels in OTLP and comes back the same: lines of text, structured records, losses.
//!
//! A line of text becomes a log record whose body is the line as it came, with two attributes that say how it was read
//! and where it came from. A structured record travels as itself with one attribute more. What is no log at all (a
//! loss, the state of a session) travels under the scope [`SESSION_SCOPE`]. Any other reader of OTLP sees ordinary
//! log records; [`record_to_line`] makes of them what they were.
//!
//! Names beginning with `spantail.` are ours. A foreign record that uses one as an attribute's key or as its scope's
//! name has it written with one `spantail.` more, and it is taken off again, so that nobody can pass for us.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{Attributes, LogRecord, Loss, LossReason, Nanos, Resource, Scope, Severity, SpanId, TraceId, Value};

/// The scope of records that are about a session and not of it: losses and the session's state.
pub const SESSION_SCOPE: &str = "spantail.session";
/// The attribute that makes a record a line of text: the name of the line format it was read as.
pub const LINE_FORMAT: &str = "spantail.format";
/// The attribute that says which source a line or a record came from.
pub const LINE_SOURCE: &str = "spantail.source";
/// The service that a line names, where its writer's is another.
const LINE_SERVICE: &str = "spantail.service";
/// The event name of a loss.
pub const LOSS_EVENT: &str = "spantail.session.loss";

/// What all our names begin with.
const OURS: &str = "spantail.";
/// The time of a line from before 1970, which OTLP's own field can not carry.
const EARLY_TIME: &str = "spantail.time";
/// Says that there is no severity although there is a text that could be read as one.
const NO_SEVERITY: &str = "spantail.severity_unset";
/// The parts of a loss.
const LOSS_COUNT: &str = "spantail.loss.count";
const LOSS_FROM: &str = "spantail.loss.from";
const LOSS_TO: &str = "spantail.loss.to";
const LOSS_REASON: &str = "spantail.loss.reason";

/// A stored line of text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LineParts<'a> {
    /// When it happened; 0 when unknown.
    pub time: Nanos,
    /// How severe it is.
    pub severity: Severity,
    /// The service it names, empty when it names none.
    pub service: &'a str,
    /// The source it came from.
    pub source: &'a str,
    /// The name of the line format it was read as.
    pub format_name: &'a str,
    /// The line as it came.
    pub text: &'a [u8],
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// Who wrote it, where its source says so.
    pub resource: Option<&'a Arc<Resource>>,
}

/// A line of text that came back. [`RestoredLine::parts`] lends it.
#[derive(Clone, PartialEq, Debug)]
pub struct RestoredLine<'a> {
    /// The line as it came.
    pub text: Cow<'a, [u8]>,
    rest: LineParts<'a>,
}

/// What a record of a session file was before it was written.
#[derive(Clone, PartialEq, Debug)]
pub enum Restored<'a> {
    /// A structured record, also any record that spantail did not write.
    Record {
        /// The record without what writing it added.
        record: Cow<'a, LogRecord>,
        /// The source it came from, where that is known.
        source: Option<&'a str>,
    },
    /// A line of text.
    Line(RestoredLine<'a>),
    /// The place where lines were lost.
    Loss {
        /// What was lost.
        loss: Loss,
        /// The source that lost it.
        source: &'a str,
    },
    /// Something about the session itself: not to be shown as a log.
    State(&'a LogRecord),
}

impl RestoredLine<'_> {
    /// The line's parts, exactly as [`line_to_record`] was given them.
    #[must_use]
    pub fn parts(&self) -> LineParts<'_> {
        LineParts { text: &self.text, ..self.rest }
    }
}

/// The record as which a line of text travels.
#[must_use]
pub fn line_to_record(line: &LineParts<'_>) -> LogRecord {
    let body = match str::from_utf8(line.text) {
        Ok(text) => Value::from(text),
        Err(_) => Value::Bytes(line.text.into()),
    };
    let mut attributes = Attributes::default();
    attributes.set(LINE_FORMAT, line.format_name);
    attributes.set(LINE_SOURCE, line.source);
    let resource = line.resource.cloned().unwrap_or_default();
    let resource = if resource.service_name().unwrap_or_default() == line.service {
        resource
    } else if line.resource.is_none() {
        Arc::new(Resource { attributes: [("service.name", Value::from(line.service))].into_iter().collect() })
    } else {
        attributes.set(LINE_SERVICE, line.service);
        resource
    };
    let mut record = LogRecord {
        time: line.time,
        severity: line.severity,
        body,
        attributes,
        trace_id: line.trace_id,
        span_id: line.span_id,
        resource,
        ..LogRecord::default()
    };
    keep_early_time(&mut record);
    record
}

/// The record as which a structured record of `source` travels.
#[must_use]
pub fn record_to_record(mut record: LogRecord, source: &str) -> LogRecord {
    if record.attributes.iter().any(|(key, _)| key.starts_with(OURS)) {
        let quoted = record.attributes.iter().map(|(key, value)| (quote(key), value.clone()));
        record.attributes = quoted.collect();
    }
    if record.scope.name.starts_with(OURS) {
        Arc::make_mut(&mut record.scope).name = quote(&record.scope.name).into();
    }
    record.attributes.set(LINE_SOURCE, source);
    if record.severity == Severity::UNSET && Severity::from_name(record.severity_text.as_bytes()).is_some() {
        record.attributes.set(NO_SEVERITY, true);
    }
    keep_early_time(&mut record);
    record
}

/// The record as which a loss travels.
#[must_use]
pub fn loss_to_record(loss: &Loss, source: &str) -> LogRecord {
    let count = i64::try_from(loss.count).unwrap_or(i64::MAX);
    let parts = [
        (LOSS_COUNT, Value::Int(count)),
        (LOSS_FROM, Value::Int(loss.from)),
        (LOSS_TO, Value::Int(loss.to)),
        (LOSS_REASON, Value::from(loss.reason.name())),
        (LINE_SOURCE, Value::from(source)),
    ];
    LogRecord {
        time: loss.to,
        severity: Severity::WARN,
        body: Value::from(format!("{} lines lost ({})", loss.count, loss.reason)),
        attributes: parts.into_iter().collect(),
        event_name: LOSS_EVENT.into(),
        scope: session_scope(),
        ..LogRecord::default()
    }
}

/// The scope of records about a session.
#[must_use]
pub fn session_scope() -> Arc<Scope> {
    Arc::new(Scope { name: SESSION_SCOPE.into(), ..Scope::default() })
}

/// What `record` was. Never fails: a record that is not ours is a [`Restored::Record`] as it stands.
#[must_use]
pub fn record_to_line(record: &LogRecord) -> Restored<'_> {
    let source = record.attributes.text(LINE_SOURCE);
    if &*record.scope.name == SESSION_SCOPE {
        return match loss_of(record) {
            Some(loss) => Restored::Loss { loss, source: source.unwrap_or_default() },
            None => Restored::State(record),
        };
    }
    let Some(format_name) = record.attributes.text(LINE_FORMAT) else {
        return Restored::Record { record: strip(record), source };
    };
    let attributes = &record.resource.attributes;
    let names_more = attributes.iter().any(|(key, _)| &**key != "service.name");
    let rest = LineParts {
        time: time_of(record),
        severity: record.severity,
        service: record.attributes.text(LINE_SERVICE).or(record.resource.service_name()).unwrap_or_default(),
        source: source.unwrap_or_default(),
        format_name,
        text: &[],
        trace_id: record.trace_id,
        span_id: record.span_id,
        resource: names_more.then_some(&record.resource),
    };
    Restored::Line(RestoredLine { text: text_of(&record.body), rest })
}

/// Other tools may have changed the body's type on the way; what they show is then the line.
fn text_of(body: &Value) -> Cow<'_, [u8]> {
    match body {
        Value::Str(text) => Cow::Borrowed(text.as_bytes()),
        Value::Bytes(bytes) => Cow::Borrowed(bytes),
        other => Cow::Owned(other.to_string().into_bytes()),
    }
}

fn loss_of(record: &LogRecord) -> Option<Loss> {
    if &*record.event_name != LOSS_EVENT {
        return None;
    }
    let number = |key| match record.attributes.get(key) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    // A reason that only a later version knows is still a loss.
    let reason = record.attributes.text(LOSS_REASON).and_then(LossReason::from_name);
    Some(Loss {
        count: u64::try_from(number(LOSS_COUNT)?).ok()?,
        from: number(LOSS_FROM)?,
        to: number(LOSS_TO)?,
        reason: reason.unwrap_or(LossReason::Source),
    })
}

/// The record without what [`record_to_record`] added.
fn strip(record: &LogRecord) -> Cow<'_, LogRecord> {
    let is_quoted = record.scope.name.starts_with(OURS);
    if !is_quoted && !record.attributes.iter().any(|(key, _)| key.starts_with(OURS)) {
        return Cow::Borrowed(record);
    }
    let mut plain = record.clone();
    plain.time = time_of(record);
    if record.attributes.get(NO_SEVERITY).is_some() {
        plain.severity = Severity::UNSET;
    }
    let own = [LINE_SOURCE, EARLY_TIME, NO_SEVERITY];
    let foreign = record.attributes.iter().filter(|(key, _)| !own.contains(&&***key));
    plain.attributes = foreign.map(|(key, value)| (unquote(key), value.clone())).collect();
    if is_quoted {
        Arc::make_mut(&mut plain.scope).name = unquote(&record.scope.name).into();
    }
    Cow::Owned(plain)
}

fn keep_early_time(record: &mut LogRecord) {
    if record.time < 0 {
        record.attributes.set(EARLY_TIME, record.time);
    }
}

fn time_of(record: &LogRecord) -> Nanos {
    match record.attributes.get(EARLY_TIME) {
        Some(Value::Int(time)) => *time,
        _ => record.time,
    }
}

fn quote(name: &str) -> String {
    if name.starts_with(OURS) { format!("{OURS}{name}") } else { name.to_owned() }
}

fn unquote(name: &str) -> &str {
    name.strip_prefix(OURS).filter(|rest| rest.starts_with(OURS)).unwrap_or(name)
}

#[cfg(test)]
mod tests;
