//! The queries, in Kusto's language.

use super::tables::{Item, Schema};
use crate::model::{Names, Nanos, TraceQuery, Window};
use crate::source::azure::{datetime, quoted};

/// No trace has more rows.
pub(super) const MAX_ROWS: usize = 200_000;
/// No more names are asked for.
const MAX_NAMES: usize = 1000;

/// Attributes that are columns of their own, by the names that spans carry here, and the column.
pub(super) const ATTRIBUTES: &[(&str, &str)] = &[
    ("http.response.status_code", "resultCode"),
    ("resultCode", "resultCode"),
    ("url.full", "url"),
    ("url", "url"),
    ("target", "target"),
    ("data", "data"),
    ("type", "type"),
    ("operation_Name", "operation_Name"),
    ("service.name", "cloud_RoleName"),
    ("service.instance.id", "cloud_RoleInstance"),
    ("service.version", "application_Version"),
    ("session.id", "session_Id"),
    ("enduser.id", "user_AuthenticatedId"),
    ("client.address", "client_IP"),
];

/// Where a page begins: behind the trace that began then and has this id.
pub(super) struct After {
    pub(super) start: Nanos,
    pub(super) id: String,
}

/// All rows of a trace, in the order of time.
pub(super) fn trace(schema: Schema, id: &str, window: Window) -> String {
    let (trace, time) = (schema.column("operation_Id"), schema.column("timestamp"));
    format!(
        "union isfuzzy=true {}\n| where {}\n| where {trace} == {}\n| order by {time} asc\n| take {MAX_ROWS}",
        schema.all(),
        within(schema, window),
        quoted(id)
    )
}

/// One row for each trace that has a span with all that is asked for, the latest first.
pub(super) fn search(schema: Schema, query: &TraceQuery, after: Option<&After>) -> String {
    let behind = after.map_or(String::new(), |After { start, id }| {
        let start = datetime(*start);
        format!("\n| where began < {start} or (began == {start} and strcmp(trace, {}) > 0)", quoted(id))
    });
    format!(
        "{}\n| extend failed = tolower(tostring(ok)) == \"false\"\n\
         | extend rank = iff(isempty(parent) or parent == trace, at - 36500d, at)\n\
         | summarize arg_min(rank, role, name), began = min(at), ended = max(at + length * 1ms), spans = count(), \
         errors = countif(failed), services = dcount(role), found = countif({}) by trace\n\
         | where found > 0 and isnotempty(trace){behind}\n\
         | extend ticks = tolong((ended - began) / 1tick)\n\
         | order by began desc, trace asc\n| take {}",
        spans(schema, query.window),
        conditions(query),
        query.limit.max(1)
    )
}

/// The spans of a stretch of time, in columns that are called the same in both sets of names.
fn spans(schema: Schema, window: Window) -> String {
    const OPTIONAL: &[(&str, &str)] =
        &[("parent", "operation_ParentId"), ("ok", "success"), ("role", "cloud_RoleName")];
    let optional = |name: &str, column: &'static str| {
        format!("{name} = tostring(column_ifexists({}, \"\"))", quoted(schema.column(column)))
    };
    let mut columns = ATTRIBUTES.iter().map(|(_, column)| (*column, *column)).collect::<Vec<_>>();
    columns.sort_unstable();
    columns.dedup();
    let columns: Vec<String> =
        OPTIONAL.iter().copied().chain(columns).map(|(name, column)| optional(name, column)).collect();
    format!(
        "union isfuzzy=true {}\n| where {}\n| project at = {}, trace = {}, name = tostring({}), \
         length = todouble({}), dims = {}, {}",
        schema.of_spans(),
        within(schema, window),
        schema.column("timestamp"),
        schema.column("operation_Id"),
        schema.column("name"),
        schema.column("duration"),
        schema.column("customDimensions"),
        columns.join(", ")
    )
}

fn conditions(query: &TraceQuery) -> String {
    let millis = |nanos: i64| format!("{}.{:06}", nanos.div_euclid(1_000_000), nanos.rem_euclid(1_000_000));
    let mut all = Vec::new();
    all.extend(query.service.iter().map(|service| format!("role == {}", quoted(service))));
    all.extend(query.operation.iter().map(|operation| format!("name == {}", quoted(operation))));
    all.extend(query.min_duration.map(|least| format!("length >= {}", millis(least))));
    all.extend(query.max_duration.map(|most| format!("length <= {}", millis(most))));
    all.extend(query.is_error.then(|| "failed".to_owned()));
    all.extend(query.tags.iter().map(|(key, value)| format!("{} == {}", attribute(key), quoted(value))));
    if all.is_empty() { "true".to_owned() } else { all.join(" and ") }
}

/// The value of an attribute as text.
fn attribute(key: &str) -> String {
    let column = ATTRIBUTES.iter().find(|(name, _)| *name == key);
    column.map_or_else(|| format!("tostring(dims[{}])", quoted(key)), |(_, column)| (*column).to_owned())
}

/// Who called whom: calls with what they led to, and calls of what sends nothing with their target.
pub(super) fn dependencies(schema: Schema, window: Window) -> String {
    let column = |name| schema.column(name);
    let (trace, id, parent) = (column("operation_Id"), column("id"), column("operation_ParentId"));
    let (role, ok, count) = (column("cloud_RoleName"), column("success"), column("itemCount"));
    let (kind, target, within) = (column("type"), column("target"), within(schema, window));
    let (dependencies, requests) = (schema.table(Item::Dependency), schema.table(Item::Request));
    format!(
        "{dependencies}\n| where {within}\n| where {kind} !startswith \"InProc\"\n\
         | project trace = {trace}, id = {id}, caller = {role}, target = {target}, weight = tolong({count}), \
         failed = tolower(tostring({ok})) == \"false\"\n\
         | join kind=leftouter ({requests} | where {within} | summarize callee = take_any({role}) by trace = {trace}, \
         id = {parent}) on trace, id\n\
         | extend callee = iff(isempty(callee), target, callee)\n| where isnotempty(callee) and isnotempty(caller)\n\
         | summarize calls = sum(weight), errors = sumif(weight, failed) by caller, callee"
    )
}

/// Names, each in a row with one column.
pub(super) fn names(schema: Schema, of: &Names, window: Window) -> String {
    let spans = spans(schema, window);
    let names = match of {
        Names::Services => "summarize by value = role".to_owned(),
        Names::Operations { service } => format!("where role == {}\n| summarize by value = name", quoted(service)),
        Names::Tags => {
            "mv-expand key = bag_keys(todynamic(dims)) to typeof(string)\n| summarize by value = key".to_owned()
        }
        Names::TagValues { tag } => format!("summarize by value = {}", attribute(tag)),
    };
    format!("{spans}\n| {names}\n| where isnotempty(value)\n| take {MAX_NAMES}")
}

/// How many requests there were.
pub(super) fn count(schema: Schema, window: Window) -> String {
    format!("union isfuzzy=true {}\n| where {}\n| count", schema.table(Item::Request), within(schema, window))
}

fn within(schema: Schema, window: Window) -> String {
    let time = schema.column("timestamp");
    format!("{time} between ({} .. {})", datetime(window.from), datetime(window.to))
}
