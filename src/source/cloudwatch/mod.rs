//! AWS CloudWatch Logs: the events of one log group, by asking for them again and again, or by a live tail.
//!
//! | file | what |
//! | --- | --- |
//! | `target` | what is asked for: region, group, streams, filter |
//! | `account` | the client |
//! | `failure` | what goes wrong, and what to do about it |
//! | `poll`, `seen` | `FilterLogEvents` with an overlap, without repeats |
//! | `live` | `StartLiveTail`, with what it leaves out |
//! | `record` | an event as a log record |
//!
//! Source: the service model of `logs-2014-03-28` and the CloudWatch Logs API reference.

mod account;
mod failure;
mod live;
mod poll;
mod record;
mod seen;
mod target;
#[cfg(test)]
pub(in crate::source) mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::retry::{Backoff, Connection, Trouble, keep_trying};
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use live::Live;
use poll::Poll;
use target::{PARAMETERS, Target};

/// What a user would write.
const EXAMPLE: &str = "cloudwatch://eu-west-1/aws/lambda/checkout";

/// The kind `cloudwatch`.
#[derive(Debug)]
pub(super) struct CloudwatchKind;

impl SourceKind for CloudwatchKind {
    fn name(&self) -> &'static str {
        "cloudwatch"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["cloudwatch"]
    }

    fn about(&self) -> &'static str {
        "A log group of AWS CloudWatch Logs, by polling or by a live tail."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(CloudwatchSource { target: Target::of(spec)? }))
    }
}

/// One group.
struct CloudwatchSource {
    target: Target,
}

impl Source for CloudwatchSource {
    fn label(&self) -> String {
        format!("cloudwatch {}", self.target.name())
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let poll = Poll::new(self.target.begin(cx.clock.now()));
            let mut group = Group { source: *self, cx: cx.clone(), poll, live: Live::default() };
            keep_trying(&cx, &mut group).await;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended(String::new()));
            }
            Ok(())
        }
        .boxed()
    }
}

/// The connection to one group, with its cursors.
struct Group {
    source: CloudwatchSource,
    cx: SourceContext,
    poll: Poll,
    live: Live,
}

impl Connection for Group {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let target = &self.source.target;
        // Found anew each time, as credentials are replaced while we run.
        let account = account::enter(target).await?;
        if target.is_live {
            self.live.run(target, &account, &self.cx, backoff).await
        } else {
            self.poll.run(target, &account, &self.cx, backoff).await
        }
    }
}
