//! A Tempo with traces in it, which searches as Tempo does: it stops when it has as many as it was asked for.

use serde_json::json;

use crate::source::asked::{Asked, Reply};

const SECOND: i64 = 1_000_000_000;

/// Traces by the nanosecond in which they begin; each takes a millisecond.
#[derive(Clone, Default)]
pub(super) struct FakeTempo {
    pub(super) starts: Vec<i64>,
    /// The longest time that is searched, as it is told; and in seconds.
    pub(super) longest: Option<(&'static str, i64)>,
}

impl FakeTempo {
    /// The answer to a search; `None` for anything else.
    pub(super) fn answer(&self, asked: &Asked) -> Option<Reply> {
        if asked.path != "/api/search" {
            return None;
        }
        let number = |name: &str| asked.query.get(name).and_then(|text| text.parse::<i64>().ok());
        let (Some(from), Some(to), Some(limit)) = (number("start"), number("end"), number("limit")) else {
            return Some(Reply::status(400, "please provide positive values for http parameters start and end"));
        };
        if from >= to {
            let text = format!("http parameter start must be before end. received start={from} end={to}");
            return Some(Reply::status(400, text));
        }
        if let Some((told, longest)) = self.longest
            && to - from > longest
        {
            let text = format!("range specified by start and end exceeds {told}. received start={from} end={to}\n");
            return Some(Reply::status(400, text));
        }
        let overlapping = self.starts.iter().enumerate().filter(|(_, start)| {
            let end = **start + 1_000_000;
            **start <= to * SECOND && end >= from * SECOND
        });
        // Not the latest, and in no order.
        let mut found: Vec<_> = overlapping.collect();
        found.sort_by_key(|(at, _)| at.wrapping_mul(7919) % 1009);
        let traces = found.iter().take(usize::try_from(limit).unwrap()).map(|(at, start)| {
            json!({"traceID": format!("{:x}", at + 1), "rootServiceName": "s", "startTimeUnixNano": start.to_string()})
        });
        Some(Reply::ok(json!({"traces": traces.collect::<Vec<_>>()}).to_string()))
    }
}
