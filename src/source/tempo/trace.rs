//! One trace by its id.

use reqwest::StatusCode;

use super::api::{Api, Question};
use crate::model::{FetchedTrace, Nanos, TraceId, WantedTrace, Window};
use crate::parse::tempo::{NotTempo, TempoTrace, trace_from_json, trace_from_proto_v1, trace_from_proto_v2};
use crate::source::backend::Answer;
use crate::source::retry::Trouble;

/// More spans of one trace are not kept.
const MAX_SPANS: usize = 200_000;
/// Asked in this form because it is half the size of JSON; Tempo gives it only where nothing else is asked for.
const PROTOBUF: &str = "application/protobuf";
/// The time around which a trace is looked for first is made wider by so much: traces may be long.
const AROUND: i64 = 3600 * SECOND;
const SECOND: i64 = 1_000_000_000;

/// All that Tempo has of a trace; looked for in the time that is likely, and in all time where that finds nothing.
pub(super) async fn fetch(api: &Api, wanted: &WantedTrace) -> Result<FetchedTrace, Trouble> {
    if let Some(window) = wanted.window {
        let found = within(api, wanted.id, Some(window.widened(AROUND))).await?;
        if !found.spans.is_empty() {
            return Ok(found);
        }
    }
    within(api, wanted.id, None).await
}

async fn within(api: &Api, id: TraceId, window: Option<Window>) -> Result<FetchedTrace, Trouble> {
    // Narrows the blocks that are read; what has come lately is found whatever stands here.
    let ends = window.map(|window| [("start", seconds(window.from)), ("end", seconds(window.to).max(1))]);
    let ends = ends.map(|ends| ends.map(|(name, second)| (name, second.to_string())));
    let query: Vec<_> = ends.iter().flatten().map(|(name, second)| (*name, second.as_str())).collect();
    if !api.traces.is_old() {
        let question = Question { path: format!("/api/v2/traces/{id}"), query: query.clone() };
        let answer = api.get(&question, PROTOBUF).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return read(api, answer, trace_from_proto_v2);
        }
    }
    let answer = api.get(&Question { path: format!("/api/traces/{id}"), query }, PROTOBUF).await?;
    if is_unknown_trace(&answer) {
        return Ok(FetchedTrace::default());
    }
    let found = read(api, answer, trace_from_proto_v1)?;
    api.traces.is_found_old();
    Ok(found)
}

/// Whether it is the trace that was not found, and not the path: then the body is empty, or says so.
fn is_unknown_trace(answer: &Answer) -> bool {
    let text = answer.body.trim_ascii();
    let says_trace = || text.windows(5).any(|word| word.eq_ignore_ascii_case(b"trace"));
    answer.status == StatusCode::NOT_FOUND && !text.starts_with(b"<") && (text.is_empty() || says_trace())
}

fn read(
    api: &Api,
    answer: Answer,
    of_proto: fn(&[u8]) -> Result<TempoTrace, NotTempo>,
) -> Result<FetchedTrace, Trouble> {
    let read = if answer.content_type() == PROTOBUF { of_proto } else { trace_from_json };
    let body = api.success(answer, "")?;
    read(&body).map(told).map_err(|error| api.is_another(&error))
}

fn told(trace: TempoTrace) -> FetchedTrace {
    let TempoTrace { mut spans, rejected, partial } = trace;
    let mut notes = Vec::new();
    if let Some(why) = partial {
        let colon = if why.is_empty() { "" } else { ": " };
        notes.push(format!("Tempo gave only a part of this trace{colon}{why}"));
    }
    if rejected > 0 {
        notes.push(format!("{rejected} spans have no ids, or ids that are none, and are left out"));
    }
    if spans.len() > MAX_SPANS {
        notes.push(format!("of {} spans the first {MAX_SPANS} are kept", spans.len()));
        spans.truncate(MAX_SPANS);
    }
    FetchedTrace { spans, notes }
}

/// The second within which a time is; none before 1970.
fn seconds(time: Nanos) -> i64 {
    time.div_euclid(SECOND).max(0)
}
