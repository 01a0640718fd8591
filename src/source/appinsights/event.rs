//! Rows that are no spans: what was logged, what was thrown, and events that a program names itself.

use serde_json::Value as Json;

use super::span::attributes;
use super::spans::text;
use super::tables::Item;
use crate::model::{Nanos, SpanEvent};
use crate::source::azure::Row;

/// The words for `severityLevel`, by its number.
const SEVERITIES: &[&str] = &["verbose", "information", "warning", "error", "critical"];

/// The event that a row is, of the span that its `operation_ParentId` names.
pub(super) fn event(mut row: Row<'_>, kind: Item, time: Nanos) -> SpanEvent {
    row.remove("timestamp");
    let mut of_exception = Vec::new();
    let name = match kind {
        Item::Exception => {
            of_exception = exception(&mut row);
            "exception".to_owned()
        }
        Item::CustomEvent => row.remove("name").map_or_else(|| "event".to_owned(), |cell| cell.text()),
        _ => "log".to_owned(),
    };
    let severity = row.get("severityLevel").and_then(|cell| cell.text().parse::<usize>().ok());
    let severity = severity.and_then(|level| SEVERITIES.get(level));
    if severity.is_some() {
        row.remove("severityLevel");
    }
    let mut attributes = attributes(row, kind);
    for (name, value) in of_exception {
        attributes.set(name, value);
    }
    if let Some(severity) = severity {
        attributes.set("severity", *severity);
    }
    SpanEvent { time, name: name.into(), attributes }
}

/// An exception by OpenTelemetry's names; what these say is taken out of the row.
fn exception(row: &mut Row<'_>) -> Vec<(&'static str, String)> {
    const NAMES: &[(&str, &[&str])] = &[
        ("exception.type", &["type", "outerType"]),
        ("exception.message", &["outerMessage", "innermostMessage", "message"]),
    ];
    let mut all = Vec::new();
    for (name, columns) in NAMES {
        let column = columns.iter().find(|column| !text(row, column).is_empty());
        all.extend(column.and_then(|column| row.remove(*column)).map(|cell| (*name, cell.text())));
    }
    if let Some(details) = row.get("details").map(|cell| stack(&cell.json())).filter(|stack| !stack.is_empty()) {
        all.push(("exception.stacktrace", details));
    }
    all
}

/// The stacks of an exception and of what caused it, as text: `at Method in file:line`.
fn stack(details: &Json) -> String {
    let said = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for detail in details.as_array().into_iter().flatten() {
        lines.push(format!("{}: {}", said(detail, "type"), said(detail, "message")));
        let raw = [said(detail, "rawStack"), said(detail, "stack")].into_iter().find(|raw| !raw.is_empty());
        lines.extend(raw);
        for frame in detail.get("parsedStack").and_then(Json::as_array).into_iter().flatten() {
            let line = frame.get("line").filter(|line| **line != 0).map(|line| format!(":{line}")).unwrap_or_default();
            let file = Some(said(frame, "fileName")).filter(|file| !file.is_empty());
            let place = file.map(|file| format!(" in {file}{line}")).unwrap_or_default();
            lines.push(format!("   at {}{place}", said(frame, "method")));
        }
    }
    lines.join("\n")
}
