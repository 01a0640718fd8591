//! One trace by its id: from X-Ray's own store, or by a retrieval from CloudWatch Logs where Transaction Search is on.

use std::time::Duration;

use aws_sdk_xray::operation::list_retrieved_traces::ListRetrievedTracesOutput;
use aws_sdk_xray::types::{RetrievalStatus, RetrievedTrace, TraceFormatType, TraceSegmentDestination};
use tokio::time::{Instant, sleep};

use super::document::MAX_PIECES;
use super::notation::{second, written};
use super::service::{Asker, Service, time};
use super::{retrieved, segments};
use crate::model::{FetchedTrace, TraceId, WantedTrace, Window};
use crate::source::retry::Trouble;

/// How long a retrieval may take; whoever asks waits a minute.
const RETRIEVAL: Duration = Duration::from_secs(45);
/// How often it is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(500);
/// Pages of a retrieved trace have at most a hundred spans.
const MAX_PAGES: usize = MAX_PIECES / 100;
/// Nanoseconds of an hour.
const HOUR: i64 = 3_600_000_000_000;
/// A trace is looked for so long before and after the time that is known of it, and so far back where none is.
const AROUND: i64 = 6 * HOUR;
/// X-Ray keeps traces for so long.
const KEPT: i64 = 30 * 24 * HOUR;

/// All that there is of a trace.
pub(super) async fn trace(service: &Service, wanted: &WantedTrace) -> Result<FetchedTrace, Trouble> {
    let asker = service.enter().await?;
    let question = asker.client.batch_get_traces().trace_ids(written(wanted.id));
    let answer = asker.answer("BatchGetTraces", question.send()).await?;
    let mut fetched = FetchedTrace::default();
    for trace in answer.traces() {
        let documents = trace.segments().iter().filter_map(|segment| segment.document());
        let read = segments::spans(documents, wanted.id);
        fetched.spans.extend(read.spans);
        note_unread(read.unread, &mut fetched);
        if trace.limit_exceeded() == Some(true) {
            fetched.notes.push("X-Ray left out segments: the trace is larger than it keeps".to_owned());
        }
    }
    let is_nothing = fetched.spans.is_empty() && fetched.notes.is_empty();
    if is_nothing && answer.unprocessed_trace_ids().is_empty() {
        return retrieve(&asker, service, wanted).await;
    }
    if !answer.unprocessed_trace_ids().is_empty() {
        fetched.notes.push("X-Ray has not read the trace yet; ask again".to_owned());
    }
    Ok(fetched)
}

/// Asks for a retrieval, where the account's traces are in CloudWatch Logs.
async fn retrieve(asker: &Asker<'_>, service: &Service, wanted: &WantedTrace) -> Result<FetchedTrace, Trouble> {
    let question = asker.client.get_trace_segment_destination();
    let destination = match asker.answer("GetTraceSegmentDestination", question.send()).await {
        Ok(answer) => answer.destination().cloned(),
        Err(trouble) => {
            let note = format!("whether Transaction Search has the trace is not known: {}", trouble.why());
            return Ok(FetchedTrace { notes: vec![note], ..FetchedTrace::default() });
        }
    };
    if destination != Some(TraceSegmentDestination::CloudWatchLogs) {
        return Ok(FetchedTrace::default());
    }
    let window = around(wanted, service.now());
    let question = asker.client.start_trace_retrieval().trace_ids(written(wanted.id));
    let question = question.start_time(time(window.from)).end_time(time(window.to));
    let answer = asker.answer("StartTraceRetrieval", question.send()).await?;
    let Some(token) = answer.retrieval_token() else {
        return Err(Trouble::passing("X-Ray began a retrieval without a token"));
    };
    collect(asker, token, wanted.id).await
}

/// Waits until a retrieval is done, and reads what it found.
async fn collect(asker: &Asker<'_>, token: &str, id: TraceId) -> Result<FetchedTrace, Trouble> {
    let mut fetched = FetchedTrace::default();
    let until = Instant::now() + RETRIEVAL;
    let mut answer = loop {
        let answer = list(asker, token, None).await?;
        match answer.retrieval_status() {
            Some(RetrievalStatus::Scheduled | RetrievalStatus::Running) if Instant::now() < until => sleep(PAUSE).await,
            Some(RetrievalStatus::Complete) => break answer,
            Some(RetrievalStatus::Scheduled | RetrievalStatus::Running) => {
                fetched.notes.push(format!("X-Ray was still retrieving after {} s; ask again", RETRIEVAL.as_secs()));
                break answer;
            }
            other => {
                let status = other.map_or("nothing", RetrievalStatus::as_str);
                return Err(Trouble::passing(format!("X-Ray's retrieval of the trace ended with {status}")));
            }
        }
    };
    let (mut documents, mut left_out) = (Vec::new(), true);
    for _ in 0..MAX_PAGES {
        let spans = answer.traces().iter().flat_map(RetrievedTrace::spans);
        documents.extend(spans.filter_map(|span| span.document().map(str::to_owned)));
        let Some(next) = answer.next_token().map(str::to_owned) else {
            left_out = false;
            break;
        };
        answer = list(asker, token, Some(next)).await?;
    }
    if left_out {
        fetched.notes.push(format!("more than {MAX_PAGES} pages of spans were left out"));
    }
    let unread = retrieved::spans(&documents, id, &mut fetched.spans);
    note_unread(unread, &mut fetched);
    Ok(fetched)
}

async fn list(asker: &Asker<'_>, token: &str, next: Option<String>) -> Result<ListRetrievedTracesOutput, Trouble> {
    let question = asker.client.list_retrieved_traces().retrieval_token(token);
    let question = question.trace_format(TraceFormatType::Otel).set_next_token(next);
    asker.answer("ListRetrievedTraces", question.send()).await
}

fn note_unread(unread: usize, fetched: &mut FetchedTrace) {
    if unread > 0 {
        fetched.notes.push(format!("{unread} segments could not be read"));
    }
}

/// Where to look for a trace: around the time that is known, that its id says, or else of late.
fn around(wanted: &WantedTrace, now: i64) -> Window {
    let said = second(wanted.id).saturating_mul(1_000_000_000);
    let said = (now.saturating_sub(KEPT)..=now.saturating_add(HOUR)).contains(&said);
    match wanted.window {
        Some(window) => window.widened(HOUR),
        None if said => {
            let at = second(wanted.id).saturating_mul(1_000_000_000);
            Window { from: at, to: at }.widened(AROUND)
        }
        None => Window::before(now, AROUND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_looked_for_where_it_may_be() {
        let now = 0x4bf9_2f35 * 1_000_000_000 + HOUR;
        let wanted = WantedTrace::of(TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").unwrap());
        assert_eq!(around(&wanted, now), Window { from: now - 7 * HOUR, to: now + 5 * HOUR });
        let foreign = WantedTrace::of(TraceId::from_hex(b"ffff2f3577b34da6a3ce929d0e0e4736").unwrap());
        assert_eq!(around(&foreign, now), Window { from: now - AROUND, to: now });
        let window = Some(Window { from: HOUR, to: 2 * HOUR });
        assert_eq!(around(&WantedTrace { window, ..foreign }, now), Window { from: 0, to: 3 * HOUR });
    }
}
