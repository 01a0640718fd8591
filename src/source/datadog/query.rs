//! A search in Datadog's language of queries.
//!
//! Source: "Span search syntax" in Datadog's documentation.

use crate::model::TraceQuery;

/// Attributes that are no tags of a span (`@KEY`), by the names that spans carry here, and Datadog's name.
const RESERVED: &[(&str, &str)] = &[
    ("service.name", "service"),
    ("service", "service"),
    ("service.version", "version"),
    ("version", "version"),
    ("deployment.environment.name", "env"),
    ("deployment.environment", "env"),
    ("env", "env"),
    ("host.name", "host"),
    ("host", "host"),
    ("operation_name", "operation_name"),
    ("resource_name", "resource_name"),
    ("type", "type"),
    ("status", "status"),
    ("ingestion_reason", "ingestion_reason"),
];

/// The query; `*` where all spans are wanted.
pub(super) fn of(query: &TraceQuery) -> String {
    let mut all = Vec::new();
    all.extend(query.service.iter().map(|service| format!("service:{}", quoted(service))));
    all.extend(query.operation.iter().map(|operation| format!("resource_name:{}", quoted(operation))));
    all.extend(query.min_duration.map(|least| format!("@duration:>={least}")));
    all.extend(query.max_duration.map(|most| format!("@duration:<={most}")));
    all.extend(query.is_error.then(|| "status:error".to_owned()));
    all.extend(query.tags.iter().map(|(key, value)| condition(key, value)));
    if all.is_empty() { "*".to_owned() } else { all.join(" ") }
}

/// What a name is called in a query: a reserved attribute, else a tag of the span.
pub(super) fn facet(key: &str) -> String {
    let reserved = RESERVED.iter().find(|(name, _)| *name == key);
    reserved.map_or_else(|| format!("@{}", escaped(key)), |(_, name)| (*name).to_owned())
}

/// The names of [`RESERVED`] that are asked for.
pub(super) fn reserved() -> impl Iterator<Item = String> {
    RESERVED.iter().map(|(name, _)| (*name).to_owned())
}

/// An attribute with this value. One that is not reserved may be a tag of the span, or one of its host or container.
fn condition(key: &str, value: &str) -> String {
    let (facet, value) = (facet(key), quoted(value));
    if facet.starts_with('@') {
        format!("({facet}:{value} OR {}:{value})", escaped(key))
    } else {
        format!("{facet}:{value}")
    }
}

fn escaped(key: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    key.chars().flat_map(|c| (!is_plain(c)).then_some('\\').into_iter().chain([c])).collect()
}

/// A value as it is, where nothing in it means something, else in quotes.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let is_word = matches!(value, "AND" | "OR" | "NOT");
    if !value.is_empty() && !is_word && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Window;

    #[test]
    fn what_is_asked_for_becomes_a_query() {
        let all = TraceQuery::all(Window { from: 0, to: 1 }, 20);
        assert_eq!(of(&all), "*");
        let query = TraceQuery {
            service: Some("web-store".to_owned()),
            operation: Some("GET /\"a\\b\"".to_owned()),
            min_duration: Some(1_500_000),
            max_duration: Some(2_000_000_000),
            is_error: true,
            tags: vec![("http.status_code".into(), "500".into()), ("service.version".into(), "1.0.0".into())],
            ..all.clone()
        };
        assert_eq!(
            of(&query),
            r#"service:"web-store" resource_name:"GET /\"a\\b\"" @duration:>=1500000 @duration:<=2000000000 status:error (@http.status_code:500 OR http.status_code:500) version:1.0.0"#
        );
        for (key, value, expected) in [
            ("a b", "OR", r#"(@a\ b:"OR" OR a\ b:"OR")"#),
            ("k:x", "*", r#"(@k\:x:"*" OR k\:x:"*")"#),
            ("env", "", r#"env:"""#),
        ] {
            let query = TraceQuery { tags: vec![(key.to_owned(), value.to_owned())], ..all.clone() };
            assert_eq!(of(&query), expected);
        }
    }
}
