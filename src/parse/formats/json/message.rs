//! What a line says: its message as its writer means it; where it has none, what it is about.

use std::borrow::Cow;

use super::text::unescape;
use super::{template, transcript};
use crate::model::{Attributes, Value};
use crate::parse::found::{Choice, Found, Kind};

/// How a line without a message may be told, from its fields. The first that answers counts.
const TOLD: &[fn(&Attributes) -> Option<String>] = &[transcript::message, event, request, failure];

/// Where writers of access logs put the method, the target and the status of a request.
const REQUESTS: &[[&str; 3]] = &[
    // Envoy, Istio
    ["method", "path", "response_code"],
    // Cloudflare
    ["ClientRequestMethod", "ClientRequestURI", "EdgeResponseStatus"],
    // Traefik
    ["RequestMethod", "RequestPath", "DownstreamStatus"],
    // Google Cloud
    ["httpRequest.requestMethod", "httpRequest.requestUrl", "httpRequest.status"],
    // Kong
    ["request.method", "request.uri", "response.status"],
    // pino-http, bunyan, restify
    ["req.method", "req.url", "res.statusCode"],
    // Elastic
    ["http.request.method", "url.path", "http.response.status_code"],
    // nginx, as most configure it
    ["request_method", "request_uri", "status"],
    ["method", "uri", "status"],
    // Heroku
    ["method", "path", "status"],
    // The audit log of Kubernetes
    ["verb", "requestURI", "responseStatus.code"],
];

/// The message of a line: `found` is what its walk found, `cut` the beginning of a message that was cut, `fields` are all other
/// fields, and `rest` stands behind the object: text that is the line's too.
pub(super) fn of<'a>(found: &Found<'a>, cut: Option<&'a [u8]>, fields: &Attributes, rest: &'a [u8]) -> Cow<'a, str> {
    let message = match &found.message {
        Some(choice) => spelt(choice, fields),
        None => cut.map_or(Cow::Borrowed(""), unescape),
    };
    let is_said = !message.trim().is_empty();
    let message = if is_said { message } else { told(fields).map_or(message, Cow::Owned) };
    with_rest(message, rest)
}

/// What fields without a message are about, if that can be told.
pub(in crate::parse) fn told(fields: &Attributes) -> Option<String> {
    TOLD.iter().find_map(|told| told(fields))
}

fn spelt<'a>(choice: &Choice<'a, Kind>, fields: &Attributes) -> Cow<'a, str> {
    let renderings = || match fields.get("@r") {
        Some(Value::Array(renderings)) => renderings.as_slice(),
        _ => &[],
    };
    match (choice.value, choice.key) {
        (Kind::Bytes, _) => from_bytes(choice.raw).map_or_else(|| unescape(choice.raw), Cow::Owned),
        (_, b"@mt") => template::fill(unescape(choice.raw), fields, renderings()),
        (_, b"MessageTemplate") => match fields.get("Properties") {
            Some(Value::Map(properties)) => template::fill(unescape(choice.raw), properties, &[]),
            _ => unescape(choice.raw),
        },
        _ => unescape(choice.raw),
    }
}

/// The text of a list of byte numbers; `None` when it is a list of something else.
fn from_bytes(list: &[u8]) -> Option<String> {
    let numbers = list.strip_prefix(b"[")?.strip_suffix(b"]")?.split(|byte| *byte == b',');
    let byte = |number: &[u8]| std::str::from_utf8(number.trim_ascii()).ok()?.parse::<u8>().ok();
    let bytes = numbers.map(byte).collect::<Option<Vec<u8>>>()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A message with what stands behind the fields: other lines of the record, or text. The signs that join the objects of
/// a list are none.
pub(in crate::parse) fn with_rest<'a>(message: Cow<'a, str>, rest: &[u8]) -> Cow<'a, str> {
    let rest = rest.trim_ascii_end();
    if rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b',' | b']' | 0x1e)) {
        return message;
    }
    let mut out = message.into_owned();
    if !rest.starts_with(b"\n") && !out.is_empty() {
        out.push(' ');
    }
    out.push_str(String::from_utf8_lossy(rest).trim_start_matches([' ', '\t']));
    Cow::Owned(out)
}

/// An event of Rust's tracing that has no message: its fields, as tracing writes them in text.
fn event(fields: &Attributes) -> Option<String> {
    let Some(Value::Map(event)) = fields.get("fields") else { return None };
    let pairs: Vec<String> = event.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!pairs.is_empty()).then(|| pairs.join(" "))
}

/// A request of an access log: `GET /cart 200`.
fn request(fields: &Attributes) -> Option<String> {
    REQUESTS.iter().find_map(|[method, target, status]| {
        let (method, target) = (lookup(fields, method)?.as_str()?, lookup(fields, target)?.as_str()?);
        let status = lookup(fields, status)?;
        Some(format!("{method} {target} {status}"))
    })
}

/// An error that nobody said anything about.
fn failure(fields: &Attributes) -> Option<String> {
    let texts = ["error", "err", "err.message", "exception", "@x"];
    texts.iter().find_map(|key| Some(lookup(fields, key)?.as_str()?.to_owned()))
}

/// The value of a key, or what its dotted parts lead to within maps.
fn lookup<'a>(fields: &'a Attributes, key: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(key) {
        return Some(value);
    }
    let mut parts = key.split('.');
    let first = fields.get(parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Map(map) => map.get(part),
        _ => None,
    })
}
