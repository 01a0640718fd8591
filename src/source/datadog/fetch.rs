//! One trace by its id: whole where the preview of that is open to these keys, else what of it is indexed.

use reqwest::StatusCode;
use serde_json::Value as Json;

use super::page::{self, MAX_SPANS};
use super::raw::Raw;
use super::service::Service;
use super::span::Spans;
use crate::model::{FetchedTrace, WantedTrace, Window};
use crate::source::recent::nanos;
use crate::source::retry::Trouble;

/// So many pages of one trace are read; every one is a request of the 300 an hour.
const MAX_PAGES: usize = 20;
/// No trace has more spans.
const MAX_TRACE: usize = 200_000;
/// So much is looked at around the time that is known of a trace, in nanoseconds.
const AROUND: i64 = 3_600_000_000_000;

/// All that there is of a trace.
pub(super) async fn trace(service: &Service, wanted: &WantedTrace) -> Result<FetchedTrace, Trouble> {
    let mut fetched = FetchedTrace::default();
    if whole(service, wanted, &mut fetched).await? {
        complete(&mut fetched);
        return Ok(fetched);
    }
    // By which notation a trace of 128 bits is found depends on who traced it.
    let decimal = wanted.id.low64().to_string();
    let hex = Some(wanted.id.to_string()).filter(|_| !wanted.id.is_64_bit());
    for notation in hex.into_iter().chain([decimal]) {
        indexed(service, wanted, &notation, &mut fetched).await?;
        if !fetched.spans.is_empty() {
            fetched.notes.push("only the spans that Datadog has indexed; the trace may have more".to_owned());
            break;
        }
    }
    complete(&mut fetched);
    Ok(fetched)
}

/// Gives spans that know only the lower half of the trace's id the whole of it, where another has that.
fn complete(fetched: &mut FetchedTrace) {
    let Some(whole) = fetched.spans.iter().map(|span| span.trace_id).find(|id| !id.is_64_bit()) else { return };
    fetched.spans.iter_mut().filter(|span| span.trace_id.is_64_bit()).for_each(|span| span.trace_id = whole);
}

/// Asks for the whole trace; `false` where that can not be had.
async fn whole(service: &Service, wanted: &WantedTrace, fetched: &mut FetchedTrace) -> Result<bool, Trouble> {
    let path = format!("/api/v2/trace/{}", wanted.id);
    let answer = service.ask(|client, base| client.get(format!("{base}{path}"))).await?;
    match answer.status {
        status if status.is_success() => {}
        StatusCode::PAYLOAD_TOO_LARGE => {
            fetched.notes.push("the trace is too large for Datadog to give it whole".to_owned());
            return Ok(false);
        }
        // Not known, or not open to these keys: whether they are good for anything shows in the search.
        status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => return Ok(false),
        _ => return Err(service.refused(&answer)),
    }
    let mut answer = service.read(&answer.body)?;
    let Some(attributes) = answer.get_mut("data").and_then(|data| data.get_mut("attributes")) else {
        return Ok(false);
    };
    if attributes.get("is_truncated") == Some(&Json::Bool(true)) {
        fetched.notes.push("Datadog has cut the trace off".to_owned());
    }
    let Some(Json::Array(spans)) = attributes.get_mut("spans").map(Json::take) else { return Ok(false) };
    if spans.len() > MAX_TRACE {
        fetched.notes.push(format!("spans beyond the first {MAX_TRACE} were left out"));
    }
    let all = spans.len().min(MAX_TRACE);
    let read: Vec<Raw> = spans.into_iter().take(MAX_TRACE).filter_map(Raw::of_trace).collect();
    note_unread(all - read.len(), fetched);
    add(read.into_iter(), wanted, &mut Spans::default(), fetched);
    Ok(!fetched.spans.is_empty())
}

/// Asks for the indexed spans of the trace, written in one way.
async fn indexed(
    service: &Service,
    wanted: &WantedTrace,
    notation: &str,
    fetched: &mut FetchedTrace,
) -> Result<(), Trouble> {
    let lately = || Window::before(service.now(), nanos(service.lookback));
    let window = wanted.window.map_or_else(lately, |window| window.widened(AROUND));
    let (query, mut cursor, mut made) = (format!("trace_id:{notation}"), None, Spans::default());
    for _ in 0..MAX_PAGES {
        let found = page::ask(service, &query, window, MAX_SPANS, cursor.as_deref()).await?;
        fetched.notes.extend(found.notes);
        note_unread(found.unread, fetched);
        add(found.spans.into_iter(), wanted, &mut made, fetched);
        cursor = found.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
    fetched.notes.push(format!("more than {MAX_PAGES} pages of spans were left out"));
    Ok(())
}

/// Adds the spans of the trace that is wanted. Its id counts: a span may know only the lower half.
fn add(spans: impl Iterator<Item = Raw>, wanted: &WantedTrace, made: &mut Spans, fetched: &mut FetchedTrace) {
    let same = spans.filter(|span| span.trace_id.is_same(wanted.id));
    fetched
        .spans
        .extend(same.map(|span| made.span(&span, if wanted.id.is_64_bit() { span.trace_id } else { wanted.id })));
}

fn note_unread(unread: usize, fetched: &mut FetchedTrace) {
    if unread > 0 {
        fetched.notes.push(format!("{unread} spans could not be read"));
    }
}
