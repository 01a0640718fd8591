//! Filter expressions: what a search asks for, in X-Ray's language.
//!
//! Source: "Use filter expressions" in the X-Ray developer guide.

use super::notation::seconds;
use crate::model::TraceQuery;

/// Attributes that X-Ray has keywords for, by the names that spans carry here and by X-Ray's own.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("http.response.status_code", "http.status"),
    ("http.status_code", "http.status"),
    ("http.status", "http.status"),
    ("url.full", "http.url"),
    ("http.url", "http.url"),
    ("http.request.method", "http.method"),
    ("http.method", "http.method"),
    ("user_agent.original", "http.useragent"),
    ("client.address", "http.clientip"),
    ("enduser.id", "user"),
];

/// The expression for `query`; `None` where all traces are wanted.
pub(super) fn expression(query: &TraceQuery) -> Option<String> {
    let lengths = [(">=", query.min_duration), ("<=", query.max_duration)];
    let lengths = lengths.into_iter().filter_map(|(sign, nanos)| Some((sign, seconds(nanos?))));
    let error = query.is_error.then(|| "(error OR fault)".to_owned());
    let mut all = Vec::new();
    match &query.service {
        Some(service) => {
            let of_service = lengths.map(|(sign, length)| format!("responsetime {sign} {length}")).chain(error);
            let of_service = of_service.collect::<Vec<_>>().join(" AND ");
            let body = if of_service.is_empty() { String::new() } else { format!(" {{ {of_service} }}") };
            all.push(format!("service({}){body}", quoted(service)));
        }
        None => all.extend(lengths.map(|(sign, length)| format!("duration {sign} {length}")).chain(error)),
    }
    all.extend(query.tags.iter().map(|(key, value)| condition(key, value)));
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// An attribute that has a value: a keyword, or an annotation, which may be a number or a truth value as well as a text.
fn condition(key: &str, value: &str) -> String {
    if key == "service.name" {
        return format!("service({})", quoted(value));
    }
    let is_number = is_number(value);
    if let Some((_, keyword)) = KEYWORDS.iter().find(|(name, _)| *name == key) {
        let value = if is_number && *keyword == "http.status" { value.to_owned() } else { quoted(value) };
        return format!("{keyword} = {value}");
    }
    let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let clean: String = key.chars().filter(|c| !matches!(c, '[' | ']' | '"')).collect();
    let annotation = if is_plain { format!("annotation.{key}") } else { format!("annotation[{clean}]") };
    let text = format!("{annotation} = {}", quoted(value));
    if is_number || matches!(value, "true" | "false") { format!("({text} OR {annotation} = {value})") } else { text }
}

/// Whether X-Ray reads it as a number: `5`, `-0.25`, and neither `+49` nor `1e5`.
fn is_number(value: &str) -> bool {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Window;

    #[test]
    fn what_is_asked_for_becomes_an_expression() {
        let all = TraceQuery::all(Window { from: 0, to: 1 }, 20);
        assert_eq!(expression(&all), None);
        let slow = TraceQuery { min_duration: Some(1_500_000_000), is_error: true, ..all.clone() };
        assert_eq!(expression(&slow).unwrap(), "duration >= 1.5 AND (error OR fault)");
        let of_service = TraceQuery { service: Some("a \"b\\".to_owned()), max_duration: Some(2_000_000_000), ..slow };
        assert_eq!(
            expression(&of_service).unwrap(),
            r#"service("a \"b\\") { responsetime >= 1.5 AND responsetime <= 2 AND (error OR fault) }"#
        );
        let tags = [
            ("http.response.status_code", "500", "http.status = 500"),
            ("http.url", "/a", "http.url = \"/a\""),
            ("service.name", "a\"b", "service(\"a\\\"b\")"),
            ("UserID", "5M", "annotation.UserID = \"5M\""),
            ("n", "5", "(annotation.n = \"5\" OR annotation.n = 5)"),
            ("n", "-0.25", "(annotation.n = \"-0.25\" OR annotation.n = -0.25)"),
            ("phone", "+49", "annotation.phone = \"+49\""),
            ("n", "1e5", "annotation.n = \"1e5\""),
            ("http.status", "5.", "http.status = \"5.\""),
            ("ok", "true", "(annotation.ok = \"true\" OR annotation.ok = true)"),
            ("a.b", "inf", "annotation[a.b] = \"inf\""),
            ("a]\" OR b", "x", "annotation[a OR b] = \"x\""),
        ];
        for (key, value, expected) in tags {
            let query = TraceQuery { tags: vec![(key.to_owned(), value.to_owned())], ..all.clone() };
            assert_eq!(expression(&query).unwrap(), expected);
        }
        let both = TraceQuery { service: Some("s".to_owned()), tags: vec![("k".into(), "v".into())], ..all };
        assert_eq!(expression(&both).unwrap(), "service(\"s\") AND annotation.k = \"v\"");
    }
}
