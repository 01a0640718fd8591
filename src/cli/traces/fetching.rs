//! Traces by their ids, put together from every source that has a part of them.

use std::sync::Arc;

use anyhow::bail;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::asking::{Asking, AskingArgs};
use crate::cli::news::remark;
use crate::model::{TraceId, WantedTrace};
use crate::store::Trace;

/// The trace that `text` names, which may mean any of `wanted`: asks all backends and waits for all that is read. The
/// error says of each source why it does not have it; what is wrong with those that can not be read is for
/// [`tell_unread`].
pub(super) async fn fetch(
    asking: &Asking,
    args: &AskingArgs,
    text: &str,
    wanted: &[TraceId],
    until: Instant,
) -> anyhow::Result<Arc<Trace>> {
    let (mut said, ()) = tokio::join!(ask(asking, args, wanted, until), asking.settle(until));
    // The spans of the last answer may still be on their way.
    asking.settle(until).await;
    if let Some(trace) = wanted.iter().find_map(|id| asking.ingest.traces().get(*id)) {
        return Ok(trace);
    }
    said.extend(asking.read().into_iter().map(|(label, trouble)| match trouble {
        Some(_) => format!("{label} could not be read"),
        None => format!("{label} does not have it"),
    }));
    bail!("no trace {text}: {}", said.join("; "))
}

/// Says on stderr what is wrong with sources that are read; gives how many these are.
pub(super) fn tell_unread(asking: &Asking) -> usize {
    let unread = asking.read().into_iter().filter_map(|(label, trouble)| Some(format!("{label}: {}", trouble?)));
    unread.inspect(|trouble| remark(trouble)).count()
}

/// Asks every backend for each of the ids until it has one; gives what those say that do not. What is wrong is said on
/// stderr as well where another has the trace.
async fn ask(asking: &Asking, args: &AskingArgs, wanted: &[TraceId], until: Instant) -> Vec<String> {
    let questions = asking.backends.iter().map(|(label, handle)| async move {
        // The same may be said for each of the ids that the text may mean.
        let mut told: Vec<String> = Vec::new();
        for id in wanted {
            let question = WantedTrace::of(*id);
            match tokio::time::timeout_at(until, handle.trace(&question)).await {
                Ok(Ok(fetched)) => {
                    for note in fetched.notes {
                        if !told.contains(&note) {
                            remark(&format!("{label}: {note}"));
                            told.push(note);
                        }
                    }
                    if !fetched.spans.is_empty() {
                        return None;
                    }
                }
                Ok(Err(why)) => {
                    remark(&format!("{label}: {why}"));
                    return Some(format!("{label} could not answer"));
                }
                Err(_) => {
                    remark(&format!("{label}: no answer within {} s", args.timeout.as_secs()));
                    return Some(format!("{label} did not answer in time"));
                }
            }
        }
        Some(format!("{label} does not have it"))
    });
    join_all(questions).await.into_iter().flatten().collect()
}
