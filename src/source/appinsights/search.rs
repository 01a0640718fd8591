//! Hits, calls and names: the answers to queries that sum up.

use super::ids::trace_id;
use super::kql::{self, After};
use super::service::Service;
use crate::model::{Dependency, Names, Nanos, TraceHit, TracePage, TraceQuery, Window};
use crate::source::azure::{Answer, Cell, Row, Table, told};
use crate::source::retry::Trouble;

/// Nanoseconds of a tick, in which Azure counts.
const TICK: i64 = 100;
/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;
/// How far back names are looked for.
const LATELY: i64 = 24 * 60 * MINUTE;

/// What is there of late.
pub(super) async fn health(service: &Service) -> Result<String, Trouble> {
    let window = Window::before(service.now(), 5 * MINUTE);
    let answer = service.ask(&kql::count(service.settings.schema, window)).await?;
    let count = rows(&answer).next().and_then(|row| count(&row, "Count")).unwrap_or_default();
    let partly = note(&answer).map(|note| format!(" · {note}")).unwrap_or_default();
    Ok(format!("{count} requests in the last 5 minutes{partly}"))
}

/// One page of the traces that `query` means. The token of a page is `START:ID` of the last trace of the page before.
pub(super) async fn search(service: &Service, query: &TraceQuery, page: Option<&str>) -> Result<TracePage, Trouble> {
    let after = page.map(after).transpose()?;
    let answer = service.ask(&kql::search(service.settings.schema, query, after.as_ref())).await?;
    let mut found = TracePage { notes: note(&answer).into_iter().collect(), ..TracePage::default() };
    let mut last = None;
    for row in rows(&answer) {
        let Some((hit, text)) = hit(&row) else { continue };
        if text != hit.id.to_string() {
            service.remember(hit.id, &text);
        }
        last = Some(format!("{}:{text}", hit.start));
        found.hits.push(hit);
    }
    found.next = last.filter(|_| found.hits.len() >= query.limit.max(1));
    Ok(found)
}

fn after(page: &str) -> Result<After, Trouble> {
    let read =
        page.split_once(':').and_then(|(start, id)| Some(After { start: start.parse().ok()?, id: id.to_owned() }));
    read.ok_or_else(|| Trouble::lasting(format!("`{page}` is no page of Application Insights; search anew")))
}

fn hit(row: &Row<'_>) -> Option<(TraceHit, String)> {
    let text = row.get("trace")?.text();
    let (id, _) = trace_id(&text)?;
    let small = |name: &str| count(row, name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let said = |name: &str| row.get(name).map(Cell::text).unwrap_or_default();
    let hit = TraceHit {
        id,
        start: time(row, "began")?,
        duration: count(row, "ticks").map(|ticks| ticks.saturating_mul(TICK)),
        service: said("role"),
        operation: said("name"),
        spans: small("spans"),
        errors: small("errors"),
        services: small("services"),
        whole: Vec::new(),
    };
    Some((hit, text))
}

/// Who called whom in that time.
pub(super) async fn dependencies(service: &Service, window: Window) -> Result<Vec<Dependency>, Trouble> {
    let answer = service.ask(&kql::dependencies(service.settings.schema, window)).await?;
    let call = |row: Row<'_>| {
        let number = |name: &str| count(&row, name).and_then(|count| u64::try_from(count).ok());
        let (parent, child) = (row.get("caller")?.text(), row.get("callee")?.text());
        Some(Dependency { parent, child, calls: number("calls")?, errors: number("errors") })
    };
    Ok(rows(&answer).filter_map(call).collect())
}

/// Names of the last day.
pub(super) async fn names(service: &Service, of: &Names) -> Result<Vec<String>, Trouble> {
    let window = Window::before(service.now(), LATELY);
    let answer = service.ask(&kql::names(service.settings.schema, of, window)).await?;
    let mut names: Vec<String> = rows(&answer).filter_map(|row| Some(row.get("value")?.text())).collect();
    if *of == Names::Tags {
        names.extend(kql::ATTRIBUTES.iter().map(|(name, _)| (*name).to_owned()));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The rows of the table that was asked for.
pub(super) fn rows(answer: &Answer) -> impl Iterator<Item = Row<'_>> {
    answer.tables.first().into_iter().flat_map(Table::records)
}

/// What an answer says of what it lacks.
pub(super) fn note(answer: &Answer) -> Option<String> {
    answer.error.as_ref().map(|error| format!("only a part: {}", told(error)))
}

/// A time, to the tick.
pub(super) fn time(row: &Row<'_>, name: &str) -> Option<Nanos> {
    chrono::DateTime::parse_from_rfc3339(&row.get(name)?.text()).ok()?.timestamp_nanos_opt()
}

fn count(row: &Row<'_>, name: &str) -> Option<i64> {
    row.get(name)?.text().parse().ok()
}
