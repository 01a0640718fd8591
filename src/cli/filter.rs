//! The flags that choose lines, the same for every command, and the query that they come to together.

use chrono::{DateTime, Local, Offset as _, SecondsFormat};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::usage::Usage;
use crate::config::{Config, local_zone, parse_time};
use crate::model::{Level, Nanos};
use crate::query::{CompileContext, ExprKind, Plan, field_text};
use crate::source::Clock;

/// Which lines are wanted.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct FilterFlags {
    /// Show only what this query matches
    // A query may begin with what it leaves out: `-level:debug`.
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Show only this level and those above
    #[arg(long, value_name = "LEVEL", value_parser = levels())]
    level: Option<String>,
    /// Show only these services, by name
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    service: Vec<String>,
}

/// The words that `--level` takes.
fn levels() -> PossibleValuesParser {
    PossibleValuesParser::new(Level::ALL.into_iter().skip(1).map(Level::name))
}

/// From when to when lines are wanted, both ends included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) since: Option<Nanos>,
    pub(super) until: Option<Nanos>,
}

impl FilterFlags {
    /// The query that the flags come to together; empty when they ask for nothing.
    pub(super) fn query(&self, span: Span, context: &CompileContext) -> anyhow::Result<String> {
        let mut parts = Vec::new();
        if let Some(filter) = &self.filter {
            parts.extend(written(filter, context)?);
        }
        parts.extend(self.level.as_ref().map(|level| format!("level:>={level}")));
        if !self.service.is_empty() {
            let any: Vec<String> = self.service.iter().map(|name| field_text("service", name)).collect();
            parts.push(format!("({})", any.join(" OR ")));
        }
        parts.extend(span.since.map(|from| format!("time:>=\"{}\"", rfc3339(from))));
        parts.extend(span.until.map(|to| format!("time:<=\"{}\"", rfc3339(to))));
        Ok(parts.join(" "))
    }

    /// The same, compiled.
    pub(super) fn plan(&self, span: Span, context: &CompileContext) -> anyhow::Result<Plan> {
        let text = self.query(span, context)?;
        Plan::compile(&text, context).map_err(|error| Usage::query("the filter", &text, &error).into())
    }
}

/// The user's own query, ready to be joined with others; `None` when it asks for nothing.
fn written(filter: &str, context: &CompileContext) -> anyhow::Result<Option<String>> {
    let plan = Plan::compile(filter, context)
        .map_err(|error| anyhow::Error::from(Usage::query("--filter", filter, &error)))?;
    Ok(plan.query().root.as_ref().map(|root| match root.kind {
        ExprKind::Or(_) => format!("({filter})"),
        _ => filter.trim().to_owned(),
    }))
}

/// What a point in time on the command line means.
pub(super) fn time(flag: &str, text: &str, clock: &Clock) -> anyhow::Result<Nanos> {
    let offset = Local::now().offset().fix();
    parse_time(text, clock.now(), offset).map_err(|error| Usage(format!("{flag}: {error}")).into())
}

/// What a query on the command line means, where and when it is asked.
pub(super) fn context(config: &Config, clock: &Clock) -> CompileContext {
    CompileContext::new(clock.now(), local_zone()).with_aliases(&config.query.aliases).with_rules(config.rules.rules())
}

/// Exactly this time, in a notation that the filter language reads.
fn rfc3339(time: Nanos) -> String {
    DateTime::from_timestamp_nanos(time).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;

    #[test]
    fn flags_are_joined_to_one_query_that_means_all_of_them() {
        let flags = |filter: Option<&str>, level: Option<&str>, service: &[&str]| FilterFlags {
            filter: filter.map(str::to_owned),
            level: level.map(str::to_owned),
            service: service.iter().map(|name| (*name).to_owned()).collect(),
        };
        let span = |since, until| Span { since, until };
        for (flags, span, expected) in [
            (flags(None, None, &[]), span(None, None), ""),
            (flags(Some(" "), None, &[]), span(None, None), ""),
            (flags(Some("a b"), Some("warn"), &[]), span(None, None), "a b level:>=warn"),
            (flags(Some("a OR b"), Some("warn"), &[]), span(None, None), "(a OR b) level:>=warn"),
            (flags(Some("(a OR b) c"), None, &["x"]), span(None, None), "(a OR b) c (service:x)"),
            (flags(None, None, &["x", "y z"]), span(None, None), "(service:x OR service:\"y z\")"),
            (
                flags(None, None, &[]),
                span(Some(1), Some(1_000_000_000)),
                "time:>=\"1970-01-01T00:00:00.000000001Z\" time:<=\"1970-01-01T00:00:01.000000000Z\"",
            ),
        ] {
            let context = CompileContext::new(0, Zone::UTC);
            assert_eq!(flags.query(span, &context).unwrap(), expected);
            assert!(flags.plan(span, &context).is_ok(), "{expected}");
        }
    }
}
