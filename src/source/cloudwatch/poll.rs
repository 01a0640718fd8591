//! Events by asking for them again and again: `FilterLogEvents` over a window that reaches back by an overlap, as events
//! come in late; what comes twice is left out by its id.
//!
//! A round follows the tokens to their end, through pages that are empty. When it breaks it goes on with its token, which
//! holds for a day. The window begins an overlap before the last round, or before the newest event where our clock is
//! ahead of AWS's; in a quiet group not more than an hour before.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use tokio::time::{sleep, timeout};

use super::account::Account;
use super::failure::{ANSWER, late, trouble};
use super::record::Records;
use super::seen::Seen;
use super::target::{Target, millis};
use crate::model::LogRecord;
use crate::source::retry::{Backoff, Trouble};
use crate::source::{Batch, Signal, SourceContext, SourceState};

/// The least time between two requests of a round.
const GAP: Duration = Duration::from_millis(200);
/// How far clocks are trusted to differ, in milliseconds.
const SKEW: i64 = 3_600_000;

/// The cursor of the polling.
#[derive(Debug)]
pub(super) struct Poll {
    /// The millisecond that the round begins at.
    from: i64,
    /// Where the round goes on.
    token: Option<String>,
    /// When the round began, by our clock.
    began: i64,
    newest: i64,
    seen: Seen,
}

impl Poll {
    /// Begins at this millisecond.
    pub(super) fn new(from: i64) -> Self {
        Self { from, token: None, began: from, newest: from, seen: Seen::default() }
    }

    /// Asks until there is trouble, or once where nothing is waited for.
    pub(super) async fn run(
        &mut self,
        target: &Target,
        account: &Account,
        cx: &SourceContext,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let mut records = Records::new(target, &account.region);
        loop {
            if self.token.is_none() {
                self.began = millis(cx.clock.now());
                self.from = self.from.max(self.seen.floor());
            }
            loop {
                let page = self.ask(target, account).await?;
                backoff.is_good();
                cx.status.set(SourceState::Live(place(target, &account.region)));
                let next = page.next_token.clone();
                self.take(page.events.unwrap_or_default(), &mut records, cx).await;
                self.token = next;
                if self.token.is_none() {
                    break;
                }
                sleep(GAP).await;
            }
            if !target.options.follow {
                return Ok(());
            }
            self.advance(target);
            sleep(target.interval).await;
        }
    }

    /// The next round begins an overlap before this one did.
    fn advance(&mut self, target: &Target) {
        let overlap = i64::try_from(target.overlap.as_millis()).unwrap_or(i64::MAX);
        let reached = self.newest.min(self.began).max(self.began.saturating_sub(SKEW));
        self.from = reached.saturating_sub(overlap).max(self.from);
        self.seen.forget(self.from);
    }

    async fn ask(&mut self, target: &Target, account: &Account) -> Result<FilterLogEventsOutput, Trouble> {
        let request = account.client.filter_log_events();
        let request = if target.is_arn() {
            request.log_group_identifier(&target.group)
        } else {
            request.log_group_name(&target.group)
        };
        let streams = (!target.streams.is_empty()).then(|| target.streams.clone());
        let end = (!target.options.follow).then_some(self.began);
        let request = request
            .set_log_stream_names(streams)
            .set_log_stream_name_prefix(target.stream_prefix.clone())
            .set_filter_pattern(target.filter.clone())
            .start_time(self.from)
            .set_end_time(end)
            .set_next_token(self.token.clone());
        let answer = timeout(ANSWER, request.send()).await.map_err(late)?;
        answer.map_err(|error| {
            let is_token =
                error.as_service_error().is_some_and(|error| error.code() == Some("InvalidParameterException"));
            if is_token && self.token.take().is_some() {
                // The token may have expired. What comes again is known by its id.
                return Trouble::passing("CloudWatch Logs does not know its token any more");
            }
            trouble(&error, "FilterLogEvents", &account.region, target)
        })
    }

    /// Hands over what is new of a page.
    async fn take(&mut self, events: Vec<FilteredLogEvent>, records: &mut Records, cx: &SourceContext) {
        let (mut batch, mut keys, mut garbled) = (Vec::<LogRecord>::new(), Vec::new(), 0);
        for event in events {
            let (Some(id), Some(timestamp), Some(message)) = (event.event_id, event.timestamp, event.message) else {
                garbled += 1;
                continue;
            };
            let is_twice = keys.last().is_some_and(|(at, last)| *at == timestamp && *last == id);
            if !is_twice && !self.seen.has(timestamp, &id) {
                let stream = event.log_stream_name.unwrap_or_default();
                batch.push(records.record(&stream, timestamp, &message));
                keys.push((timestamp, id));
            }
        }
        if garbled > 0 {
            cx.intake.reject(Signal::Logs, garbled);
        }
        if !batch.is_empty() {
            cx.intake.send(Batch::Logs(batch)).await;
        }
        for (timestamp, id) in keys {
            self.newest = self.newest.max(timestamp);
            self.seen.insert(timestamp, &id);
        }
    }
}

/// What is said of where the events come from.
fn place(target: &Target, region: &str) -> String {
    format!("{region}, group {}", target.name())
}
