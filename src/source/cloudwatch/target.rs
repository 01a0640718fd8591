//! What is asked for: which group of which region, which of its streams and events, and how.

use std::time::Duration;

use super::EXAMPLE;
use crate::config::{SourceOptions, StartAt};
use crate::model::Nanos;
use crate::source::aws::{self, Caller};
use crate::source::{Parameter, SourceError, SourceSpec};

/// All parameters of this kind.
pub(super) const PARAMETERS: &[&[Parameter]] = &[OWN, aws::PARAMETERS];

const OWN: &[Parameter] = &[
    Parameter { name: "filter", value: "PATTERN", about: "only events that match a CloudWatch filter pattern" },
    Parameter { name: "streams", value: "NAME,…", about: "only these streams, at most 100" },
    Parameter { name: "stream_prefix", value: "TEXT", about: "only streams whose names begin so" },
    Parameter {
        name: "live",
        value: "YES",
        about: "with `yes`, a live tail: no delay, no history, and AWS charges it by the minute; default no",
    },
    Parameter { name: "since", value: "TIME", about: "how far back to begin; default 10m" },
    Parameter { name: "interval", value: "TIME", about: "how often new events are asked for; default 5s" },
    Parameter { name: "overlap", value: "TIME", about: "how late an event may come in and not be missed; default 2m" },
];

/// How far back to begin where nothing else is said.
const HISTORY: Duration = Duration::from_secs(600);
/// How often new events are asked for. A region allows five requests a second, to all who ask.
const INTERVAL: Duration = Duration::from_secs(5);
/// The least time between two rounds.
const LEAST_INTERVAL: Duration = Duration::from_millis(200);
/// How late an event may come in.
const OVERLAP: Duration = Duration::from_secs(120);
/// How many streams a request may name.
const MAX_STREAMS: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) caller: Caller,
    /// A name or an ARN.
    pub(super) group: String,
    pub(super) filter: Option<String>,
    pub(super) streams: Vec<String>,
    pub(super) stream_prefix: Option<String>,
    pub(super) is_live: bool,
    pub(super) since: Option<Duration>,
    pub(super) interval: Duration,
    pub(super) overlap: Duration,
    pub(super) options: SourceOptions,
}

impl Target {
    /// Reads `//REGION/GROUP?…`.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let (place, parameters) = spec.selection(PARAMETERS)?;
        let wrong = |why: &str| SourceError::Spec(format!("{why}; expected such as {EXAMPLE}"));
        let place = place.strip_prefix("//").ok_or_else(|| wrong("// is missing behind the colon"))?;
        let (region, group) = place.split_once('/').ok_or_else(|| wrong("the log group's name is missing"))?;
        let (region, group) = (decoded(region), decoded(group));
        if group.is_empty() {
            return Err(wrong("the log group's name is missing"));
        }
        let streams = parameters.list("streams");
        let stream_prefix = parameters.text("stream_prefix").map(str::to_owned);
        if streams.len() > MAX_STREAMS || (!streams.is_empty() && stream_prefix.is_some()) {
            let why = format!("choose streams by at most {MAX_STREAMS} names, or else by stream_prefix");
            return Err(SourceError::Spec(why));
        }
        let is_live = parameters.flag("live", false)?;
        let since = parameters.duration("since")?;
        if is_live && (since.is_some() || !spec.options.follow) {
            let why = "a live tail brings what comes and nothing else; leave out live=yes to read what is there";
            return Err(SourceError::Spec(why.to_owned()));
        }
        Ok(Self {
            caller: Caller::of(region, &parameters),
            // No group's own name may begin with `aws/`; those of AWS's services begin with `/aws/`.
            group: if group.starts_with("aws/") { format!("/{group}") } else { group },
            filter: parameters.text("filter").map(str::to_owned),
            streams,
            stream_prefix,
            is_live,
            since,
            interval: parameters.duration("interval")?.unwrap_or(INTERVAL).max(LEAST_INTERVAL),
            overlap: parameters.duration("overlap")?.unwrap_or(OVERLAP),
            options: spec.options.clone(),
        })
    }

    /// Whether the group is named by its ARN, as those of other accounts have to be.
    pub(super) fn is_arn(&self) -> bool {
        self.group.starts_with("arn:")
    }

    /// The group's name without what stands before it in an ARN.
    pub(super) fn name(&self) -> &str {
        match self.group.split_once(":log-group:") {
            Some((_, name)) if self.is_arn() => name.trim_end_matches(":*"),
            _ => &self.group,
        }
    }

    /// The millisecond to begin at, when it is `now`. The source's own parameter wins.
    pub(super) fn begin(&self, now: Nanos) -> i64 {
        let ago = |time: Duration| millis(now).saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let begin = match (self.since, self.options.start) {
            (Some(time), _) => ago(time),
            (None, StartAt::Tail) => ago(HISTORY),
            (None, StartAt::End) => millis(now),
            (None, StartAt::Beginning) => 0,
            (None, StartAt::Since(time)) => millis(time),
        };
        begin.max(0)
    }
}

/// Milliseconds since 1970, as CloudWatch counts.
pub(super) fn millis(time: Nanos) -> i64 {
    time.div_euclid(1_000_000)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
