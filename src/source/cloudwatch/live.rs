//! Events as they come in: `StartLiveTail`, a session of at most three hours that brings up to 500 events each second and
//! leaves out what is more. It says that it did, and not how much.
//!
//! A session knows no cursor. What came between two of them is missing, and is told as a gap.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::error::SdkError;
use aws_sdk_cloudwatchlogs::types::error::StartLiveTailResponseStreamError;
use aws_sdk_cloudwatchlogs::types::{LiveTailSessionUpdate, StartLiveTailResponseStream};
use chrono::{DateTime, Local};
use tokio::time::timeout;

use super::account::{Account, WithoutPrefix};
use super::failure::{ANSWER, late, trouble};
use super::record::Records;
use super::target::Target;
use crate::model::Nanos;
use crate::source::aws::innermost;
use crate::source::retry::{Backoff, Trouble};
use crate::source::{Batch, Signal, SourceContext, SourceState};

/// A session that lives sends an update each second, also an empty one.
const SILENCE: Duration = Duration::from_secs(30);

/// What has to be remembered from session to session.
#[derive(Debug)]
pub(super) struct Live {
    /// When a session ended that had brought something.
    gap: Option<Nanos>,
    /// When events were left out last.
    sampled: Option<Nanos>,
    /// After how long a session that sends nothing is dead; [`SILENCE`] but for tests.
    pub(super) silence: Duration,
}

impl Default for Live {
    fn default() -> Self {
        Self { gap: None, sampled: None, silence: SILENCE }
    }
}

impl Live {
    /// Runs a session to its end.
    pub(super) async fn run(
        &mut self,
        target: &Target,
        account: &Account,
        cx: &SourceContext,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let failed = |error: &SdkError<_, _>| trouble(error, "StartLiveTail", &account.region, target);
        let request = account
            .client
            .start_live_tail()
            .log_group_identifiers(arn(target, account).await?)
            .set_log_stream_names((!target.streams.is_empty()).then(|| target.streams.clone()))
            .set_log_stream_name_prefixes(target.stream_prefix.clone().map(|prefix| vec![prefix]))
            .set_log_event_filter_pattern(target.filter.clone());
        let mut request = request.customize();
        if target.caller.endpoint.is_some() {
            request = request.interceptor(WithoutPrefix);
        }
        let session = timeout(ANSWER, request.send()).await.map_err(late)?;
        let mut session = session.map_err(|error| failed(&error))?.response_stream;
        let mut records = Records::new(target, &account.region);
        let ended = loop {
            let Ok(event) = timeout(self.silence, session.recv()).await else {
                break format!("the live tail has been silent for {} s", self.silence.as_secs());
            };
            match event {
                Ok(Some(StartLiveTailResponseStream::SessionStart(_))) => {
                    backoff.is_good();
                    self.tell(target, account, cx);
                }
                Ok(Some(StartLiveTailResponseStream::SessionUpdate(update))) => {
                    self.take(update, &mut records, cx).await;
                    self.tell(target, account, cx);
                }
                Ok(Some(_)) => cx.intake.reject(Signal::Logs, 1),
                Ok(None) => break "the live tail ended".to_owned(),
                Err(error) => break why(&error),
            }
        };
        self.gap = Some(cx.clock.now());
        Err(Trouble::passing(ended))
    }

    async fn take(&mut self, update: LiveTailSessionUpdate, records: &mut Records, cx: &SourceContext) {
        if update.session_metadata.is_some_and(|metadata| metadata.sampled) {
            self.sampled = Some(cx.clock.now());
        }
        let (mut batch, mut garbled) = (Vec::new(), 0);
        for event in update.session_results.unwrap_or_default() {
            match (event.timestamp, event.message) {
                (Some(timestamp), Some(message)) => {
                    batch.push(records.record(&event.log_stream_name.unwrap_or_default(), timestamp, &message));
                }
                _ => garbled += 1,
            }
        }
        if garbled > 0 {
            cx.intake.reject(Signal::Logs, garbled);
        }
        if !batch.is_empty() {
            cx.intake.send(Batch::Logs(batch)).await;
        }
    }

    fn tell(&self, target: &Target, account: &Account, cx: &SourceContext) {
        let sampled = self
            .sampled
            .map(|at| format!(" · over 500 events a second: some were left out, last at {}", clock_time(at)));
        let gap = self.gap.map(|at| format!(" · a gap of unknown size at {}", clock_time(at)));
        let (sampled, gap) = (sampled.unwrap_or_default(), gap.unwrap_or_default());
        let place = format!("{}, group {}", account.region, target.name());
        let text = format!("{place}, live tail (charged by the minute){sampled}{gap}");
        cx.status.set(SourceState::Live(text));
    }
}

/// The ARN of the group, by which alone a live tail knows it.
async fn arn(target: &Target, account: &Account) -> Result<String, Trouble> {
    if target.is_arn() {
        return Ok(target.group.trim_end_matches(":*").to_owned());
    }
    let request = account.client.describe_log_groups().log_group_name_prefix(&target.group);
    let groups = timeout(ANSWER, request.send()).await.map_err(late)?;
    let groups = groups.map_err(|error| trouble(&error, "DescribeLogGroups", &account.region, target))?;
    let mut groups = groups.log_groups.unwrap_or_default().into_iter();
    let group = groups.find(|group| group.log_group_name.as_ref() == Some(&target.group));
    let arn = group.and_then(|group| group.log_group_arn.or(group.arn));
    let arn = arn.map(|arn| arn.trim_end_matches(":*").to_owned());
    arn.ok_or_else(|| {
        let (group, region) = (&target.group, &account.region);
        Trouble::lasting(format!(
            "there is no log group `{group}` in {region}; is this its whole name, and its region?"
        ))
    })
}

/// Why a session ended.
fn why<R>(error: &SdkError<StartLiveTailResponseStreamError, R>) -> String
where
    R: std::fmt::Debug + 'static,
{
    match error.as_service_error() {
        Some(StartLiveTailResponseStreamError::SessionTimeoutException(_)) => {
            "the live tail has reached its three hours".to_owned()
        }
        Some(StartLiveTailResponseStreamError::SessionStreamingException(error)) => {
            format!("CloudWatch Logs ended the live tail: {}", error.message().unwrap_or("it does not say why"))
        }
        _ => format!("reading the live tail: {}", innermost(error)),
    }
}

fn clock_time(at: Nanos) -> String {
    DateTime::from_timestamp_nanos(at).with_timezone(&Local).format("%H:%M:%S").to_string()
}
