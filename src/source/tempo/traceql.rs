//! What is looked for, in TraceQL (<https://grafana.com/docs/tempo/latest/traceql/>).

use crate::model::TraceQuery;

/// The query for `query` and for what the user wants always: `own` is conditions of the same span, or, where it has braces,
/// a spanset of its own in the same trace.
pub(super) fn of(query: &TraceQuery, own: Option<&str>) -> String {
    let mut conditions = Vec::new();
    conditions.extend(query.service.as_deref().map(|name| equal("resource.service.name", name)));
    conditions.extend(query.operation.as_deref().map(|name| equal("name", name)));
    conditions.extend(query.tags.iter().map(|(key, value)| tag(key, value)));
    conditions.extend(query.min_duration.map(|least| format!("duration >= {least}ns")));
    conditions.extend(query.max_duration.map(|most| format!("duration <= {most}ns")));
    if query.is_error {
        conditions.push("status = error".to_owned());
    }
    let own = own.map(str::trim).filter(|own| !own.is_empty());
    match own {
        Some(own) if is_spanset(own) && conditions.is_empty() => own.to_owned(),
        Some(own) if is_spanset(own) => format!("({}) && ({own})", spanset(&conditions)),
        Some(own) => {
            conditions.push(format!("({own})"));
            spanset(&conditions)
        }
        None => spanset(&conditions),
    }
}

/// The query for the spans of one service.
pub(super) fn of_service(service: &str) -> String {
    spanset(&[equal("resource.service.name", service)])
}

/// A tag as it is written where its values are asked for: `.http.method`.
pub(super) fn attribute(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if !key.is_empty() && key.chars().all(is_plain) { format!(".{key}") } else { format!(".{}", quoted(key)) }
}

fn spanset(conditions: &[String]) -> String {
    if conditions.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", conditions.join(" && ")) }
}

fn is_spanset(own: &str) -> bool {
    own.starts_with(['{', '('])
}

/// What is given as text may be a number or a truth value in Tempo, and a text equals neither there.
fn tag(key: &str, value: &str) -> String {
    let attribute = attribute(key);
    let mut ways = vec![format!("{attribute} = {}", quoted(value))];
    if let Ok(number) = value.parse::<i64>() {
        ways.push(format!("{attribute} = {number}"));
        ways.push(format!("{attribute} = {number}.0"));
    } else if let Some(number) = value.parse::<f64>().ok().filter(|number| number.is_finite()) {
        ways.push(format!("{attribute} = {number:?}"));
    } else if value == "true" || value == "false" {
        ways.push(format!("{attribute} = {value}"));
    }
    if ways.len() == 1 { ways.remove(0) } else { format!("({})", ways.join(" || ")) }
}

fn equal(name: &str, text: &str) -> String {
    format!("{name} = {}", quoted(text))
}

/// A text in quotes, as Go reads them.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
