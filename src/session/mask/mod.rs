//! Secrets taken out of what leaves the machine: tokens, passwords, keys, card numbers.
//!
//! Finding is by patterns ([`pattern`]) and by the names of fields ([`field`]); what is found is replaced by
//! [`MASKED`]. A text that was valid JSON stays valid JSON. Masking is a net and no proof: a secret that looks like
//! nothing in particular passes.
//!
//! To add a kind of secret: one line in [`pattern::BUILT_IN`] and its cases in the tests.

mod block;
mod field;
mod json;
mod pattern;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde::de::IgnoredAny;

pub(super) use self::block::KeyBlocks;
use self::json::Strings;
use self::pattern::Patterns;
use super::SessionError;
use crate::model::{Attributes, LogRecord, Resource, Scope, Span, Value};

/// What stands in the place of a secret.
pub const MASKED: &str = "***";

/// Takes secrets out of texts, log records and spans. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Masker(Option<Arc<Patterns>>);

/// A secret found in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Secret {
    /// Where it stands.
    range: Range<usize>,
    /// What is to stand before and behind the mask: a JSON number becomes a text.
    quote: Range<usize>,
}

impl Masker {
    /// A masker with the built-in patterns and `extra` ones: regular expressions whose first group, or whole match
    /// where there is no group, is a secret.
    pub fn new(extra: &[String]) -> Result<Self, SessionError> {
        Patterns::new(extra).map(|patterns| Self(Some(Arc::new(patterns))))
    }

    /// A masker that leaves everything as it is.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Whether it leaves everything as it is.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.is_none()
    }

    /// `text` without its secrets, borrowed when there are none. Linear in the length.
    #[must_use]
    pub fn bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(patterns) = &self.0 else { return Cow::Borrowed(text) };
        let found = patterns.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let masked = replace(text, found);
        if Strings::is_json_like(text) && is_json(text) && !is_json(&masked) {
            // A pattern of the user's cut through the syntax. Better no line than a secret or half a document.
            return Cow::Owned(format!("\"{MASKED}\"").into_bytes());
        }
        Cow::Owned(masked)
    }

    /// [`Masker::bytes`] for a text.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// `value` without secrets; `None` when there are none in it.
    #[must_use]
    pub fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Str(text) => owned(self.text(text)).map(Value::from),
            Value::Bytes(bytes) => owned(self.bytes(bytes)).map(|masked| Value::Bytes(masked.into())),
            Value::Array(items) => {
                let masked: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                masked.iter().any(Option::is_some).then(|| {
                    let pairs = items.iter().zip(masked);
                    Value::Array(pairs.map(|(item, masked)| masked.unwrap_or_else(|| item.clone())).collect())
                })
            }
            Value::Map(map) => self.attributes(map).map(Value::Map),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) => None,
        }
    }

    /// `attributes` without secrets; `None` when there are none in them. The value of a key such as `password` is a
    /// secret whatever it looks like.
    #[must_use]
    pub fn attributes(&self, attributes: &Attributes) -> Option<Attributes> {
        self.0.as_ref()?;
        let mut masked: Option<Attributes> = None;
        for (key, value) in attributes.iter() {
            let is_secret = field::is_secret_key(key) && !matches!(value, Value::Null | Value::Bool(_));
            if let Some(value) = if is_secret { Some(Value::from(MASKED)) } else { self.value(value) } {
                masked.get_or_insert_with(|| attributes.clone()).set(Arc::clone(key), value);
            }
        }
        masked
    }

    /// Masks the body, the attributes and the resource of `record`.
    pub fn record(&self, record: &mut LogRecord) {
        set(self.value(&record.body), &mut record.body);
        set(self.attributes(&record.attributes), &mut record.attributes);
        set(self.resource(&record.resource), &mut record.resource);
        set(self.scope(&record.scope), &mut record.scope);
    }

    /// `span` without secrets in its texts, attributes, events, links and resource.
    #[must_use]
    pub fn span(&self, span: &Arc<Span>) -> Arc<Span> {
        if self.0.is_none() {
            return Arc::clone(span);
        }
        let mut masked = Arc::clone(span);
        let name = owned(self.text(&span.name));
        let message = owned(self.text(&span.status.message));
        let attributes = self.attributes(&span.attributes);
        let resource = self.resource(&span.resource);
        let events: Vec<_> = span.events.iter().map(|event| self.attributes(&event.attributes)).collect();
        let links: Vec<_> = span.links.iter().map(|link| self.attributes(&link.attributes)).collect();
        let scope = self.scope(&span.scope);
        let is_clean = name.is_none() && message.is_none() && attributes.is_none();
        let is_clean = is_clean && resource.is_none() && scope.is_none();
        if is_clean && events.iter().chain(&links).all(Option::is_none) {
            return masked;
        }
        let out = Arc::make_mut(&mut masked);
        set(name.map(String::into_boxed_str), &mut out.name);
        set(message.map(String::into_boxed_str), &mut out.status.message);
        set(attributes, &mut out.attributes);
        set(resource, &mut out.resource);
        set(scope, &mut out.scope);
        out.events.iter_mut().zip(events).for_each(|(event, masked)| set(masked, &mut event.attributes));
        out.links.iter_mut().zip(links).for_each(|(link, masked)| set(masked, &mut link.attributes));
        masked
    }

    fn resource(&self, resource: &Resource) -> Option<Arc<Resource>> {
        self.attributes(&resource.attributes).map(|attributes| Arc::new(Resource { attributes }))
    }

    fn scope(&self, scope: &Scope) -> Option<Arc<Scope>> {
        self.attributes(&scope.attributes).map(|attributes| Arc::new(Scope { attributes, ..scope.clone() }))
    }
}

fn set<T>(value: Option<T>, place: &mut T) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What was changed; `None` for what was only borrowed.
fn owned<T: ToOwned + ?Sized>(text: Cow<'_, T>) -> Option<T::Owned> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// `text` with a mask in the place of every secret; secrets that overlap become one.
fn replace(text: &[u8], mut secrets: Vec<Secret>) -> Vec<u8> {
    secrets.sort_unstable_by_key(|secret| (secret.range.start, secret.range.end));
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for secret in secrets {
        if secret.range.start < copied {
            copied = copied.max(secret.range.end);
            continue;
        }
        let quote = &text[secret.quote];
        out.extend_from_slice(&text[copied..secret.range.start]);
        out.extend_from_slice(quote);
        out.extend_from_slice(MASKED.as_bytes());
        out.extend_from_slice(quote);
        copied = secret.range.end;
    }
    out.extend_from_slice(&text[copied.min(text.len())..]);
    out
}

#[cfg(test)]
mod tests;
