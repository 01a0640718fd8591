//! The client of X-Ray: who asks, for how long an answer is waited for, and what an error means.

use std::time::Duration;

use aws_sdk_xray::Client;
use aws_sdk_xray::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_xray::operation::get_trace_summaries::GetTraceSummariesOutput;
use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types::TimeRangeType;

use crate::model::{Nanos, TraceId, Window};
use crate::source::aws::{self, Caller};
use crate::source::backend::LinkTemplate;
use crate::source::retry::Trouble;
use crate::source::{Clock, SourceError, SourceKind as _, SourceSpec};

use super::{PARAMETERS, XrayKind};

/// How long an answer may take without the parameter `timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;

/// X-Ray in one region.
pub(super) struct Service {
    caller: Caller,
    timeout: Duration,
    link: Option<LinkTemplate>,
    clock: Clock,
}

/// A client with credentials that are good now.
pub(super) struct Asker<'a> {
    pub(super) client: Client,
    service: &'a Service,
    region: String,
}

impl Service {
    /// Reads `//REGION?…`.
    pub(super) fn of(spec: &SourceSpec, clock: Clock) -> Result<Self, SourceError> {
        let example = XrayKind.example();
        let (place, parameters) = spec.selection(&PARAMETERS)?;
        let wrong = |why: &str| SourceError::Spec(format!("`xray:{place}` {why}; expected such as {example}"));
        let region = place.strip_prefix("//").ok_or_else(|| wrong("lacks // behind the colon"))?;
        let region = region.trim_end_matches('/');
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(wrong("has to name a region and nothing else"));
        }
        let caller = Caller::of(region.to_owned(), &parameters);
        let console = caller.region.as_ref().map(|region| {
            format!("https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#xray:traces/{{xray_id}}")
        });
        Ok(Self {
            link: LinkTemplate::of(&parameters, console)?,
            timeout: parameters.duration("timeout")?.unwrap_or(TIMEOUT),
            caller,
            clock,
        })
    }

    /// How the screen names it.
    pub(super) fn label(&self) -> String {
        format!("xray {}", self.caller.region.as_deref().unwrap_or("of the usual region"))
    }

    /// Where a person looks at a trace: the console of AWS, where the region is known.
    pub(super) fn link(&self, id: TraceId) -> Option<String> {
        self.link.as_ref().map(|link| link.fill(id))
    }

    /// What time it is.
    pub(super) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Finds region and credentials, anew for each question, as credentials are replaced while we run.
    pub(super) async fn enter(&self) -> Result<Asker<'_>, Trouble> {
        let entered = self.caller.enter(XrayKind.example()).await?;
        Ok(Asker { client: Client::new(&entered.config), service: self, region: entered.region })
    }

    /// The traces of the last minute, counted.
    pub(super) async fn health(&self) -> Result<String, Trouble> {
        let asker = self.enter().await?;
        let answer = asker.summaries(Window::before(self.now(), MINUTE), None, None).await?;
        let count = answer.traces_processed_count().unwrap_or_default();
        Ok(format!("{}, {count} traces in the last minute", asker.region))
    }
}

impl Asker<'_> {
    /// One page of the summaries of the traces in `window`.
    pub(super) async fn summaries(
        &self,
        window: Window,
        filter: Option<String>,
        token: Option<String>,
    ) -> Result<GetTraceSummariesOutput, Trouble> {
        // By the times of their events: ids that no SDK of X-Ray made say no time.
        let question = self
            .client
            .get_trace_summaries()
            .time_range_type(TimeRangeType::Event)
            .start_time(time(window.from))
            .end_time(time(window.to))
            .set_filter_expression(filter)
            .set_next_token(token);
        self.answer("GetTraceSummaries", question.send()).await
    }

    /// Waits for the answer to `operation`, in the time that it has.
    pub(super) async fn answer<T, E, R>(
        &self,
        operation: &str,
        question: impl Future<Output = Result<T, SdkError<E, R>>>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        let place = self.service.caller.place("X-Ray", &self.region);
        let Ok(answer) = tokio::time::timeout(self.service.timeout, question).await else {
            let seconds = self.service.timeout.as_secs_f32();
            return Err(Trouble::passing(format!("{place} has not answered {operation} for {seconds} s")));
        };
        answer.map_err(|error| aws::trouble(&error, &place, &self.service.caller, |code| hint(code, operation)))
    }
}

/// What to do about an error of X-Ray's own.
fn hint(code: &str, operation: &str) -> Option<String> {
    match code {
        "AccessDeniedException" | "AccessDenied" => Some(format!("ask for a policy that allows xray:{operation}")),
        "InvalidRequestException" => Some("X-Ray does not understand the question; is a condition wrong?".to_owned()),
        _ => None,
    }
}

/// A time as the SDK has it.
pub(super) fn time(nanos: Nanos) -> DateTime {
    DateTime::from_nanos(i128::from(nanos)).unwrap_or_else(|_| DateTime::from_secs(0))
}
