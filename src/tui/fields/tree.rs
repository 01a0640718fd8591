//! Attributes as rows, nested maps and lists as a tree, and the way back from a row's name to its value.

use std::fmt::{self, Write as _};

use super::field::{Asked, Field};
use crate::model::{Attributes, Value};

/// Members of one map or list that get a row of their own. What is left out is told.
const MAX_MEMBERS: usize = 1_000;
/// Bytes of a map or list that are shown in one line while it is folded, and copied.
const MAX_JSON: usize = 64 << 10;
/// The longest text that is looked into for JSON.
const MAX_EMBEDDED: usize = 64 << 10;

/// Why what is in a list of maps can not be filtered by.
const IN_LIST: &str = "the filter language does not reach into the maps of a list; / searches for the text";
/// Why what is in a text can not be filtered by.
const IN_TEXT: &str = "this is inside of a text; filter by the whole text, or search for a part of it with /";

/// What a row is known by.
#[derive(Clone)]
struct Place {
    /// Its name as a column; `None` where no column reaches.
    path: Option<String>,
    /// The filter's name for it, or why there is none.
    key: Result<String, &'static str>,
    depth: usize,
    /// Whether it is an element of a list.
    is_element: bool,
}

/// Attributes as rows at this depth, maps and lists as trees. Nesting is bounded by the decoders.
pub fn attributes(map: &Attributes, depth: usize, out: &mut Vec<Field>) {
    for (name, value) in map.iter() {
        let place = Place { path: Some(name.to_string()), key: Ok(name.to_string()), depth, is_element: false };
        row(name, value, &place, out);
    }
}

/// The value that a row's column name stands for: a literal key, else dotted into maps and `[0]` into lists.
pub fn lookup<'a>(map: &'a Attributes, path: &str) -> Option<&'a Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    path.match_indices(['.', '[']).find_map(|(at, _)| within(map.get(path.get(..at)?)?, path.get(at..)?))
}

/// What `rest`, which is empty or begins with a dot or a bracket, leads to within `value`.
fn within<'a>(value: &'a Value, rest: &str) -> Option<&'a Value> {
    match value {
        _ if rest.is_empty() => Some(value),
        Value::Map(inner) => lookup(inner, rest.strip_prefix('.')?),
        Value::Array(items) => {
            let (index, rest) = rest.strip_prefix('[')?.split_once(']')?;
            within(items.get(index.parse::<usize>().ok()?)?, rest)
        }
        _ => None,
    }
}

/// The rows of what is in a map that is called `place`, which may be what a text holds.
fn members(map: &Attributes, place: &Place, out: &mut Vec<Field>) {
    for (name, value) in map.iter().take(MAX_MEMBERS) {
        let path = place.path.as_ref().map(|path| format!("{path}.{name}"));
        let key = place.key.as_ref().map(|key| format!("{key}.{name}")).map_err(|why| *why);
        row(name, value, &Place { path, key, depth: place.depth + 1, is_element: false }, out);
    }
    left_out(map.len(), place.depth + 1, out);
}

/// The rows of a list's elements. A condition on the list asks for any of them.
fn elements(list: &[Value], place: &Place, out: &mut Vec<Field>) {
    for (at, value) in list.iter().enumerate().take(MAX_MEMBERS) {
        let path = place.path.as_ref().map(|path| format!("{path}[{at}]"));
        let place = Place { path, depth: place.depth + 1, is_element: true, key: place.key.clone() };
        row(&format!("[{at}]"), value, &place, out);
    }
    left_out(list.len(), place.depth + 1, out);
}

fn left_out(count: usize, depth: usize, out: &mut Vec<Field>) {
    if count > MAX_MEMBERS {
        let more = format!("⋯ {} more have no row; copying takes the whole ⋯", count - MAX_MEMBERS);
        out.push(Field::heading(&more).at_depth(depth));
    }
}

/// One row, and those below it.
fn row(label: &str, value: &Value, place: &Place, out: &mut Vec<Field>) {
    let asked = match (&place.key, value) {
        (Err(why), _) => Asked::Never(why),
        (Ok(_), Value::Null) => Asked::Never("a filter can not ask for null"),
        (Ok(_), Value::Map(_)) if place.is_element => Asked::Never(IN_LIST),
        (Ok(_), Value::Map(_) | Value::Array(_)) => Asked::Presence,
        (Ok(_), _) => Asked::Value,
    };
    let key = place.key.as_deref().unwrap_or_default();
    let (column, label) = (place.path.clone(), label.to_owned());
    out.push(Field { asked, column, label, depth: place.depth, ..Field::new(key, shown(value), value.type_name()) });
    let embedded = value.as_str().and_then(embedded);
    let mut place = place.clone();
    if embedded.is_some() {
        (place.path, place.key) = (None, Err(IN_TEXT));
    }
    match embedded.as_ref().unwrap_or(value) {
        Value::Map(map) => {
            place.key = place.key.and_then(|key| if place.is_element { Err(IN_LIST) } else { Ok(key) });
            members(map, &place, out);
        }
        Value::Array(list) => elements(list, &place, out),
        _ => {}
    }
}

/// The JSON that a text is, if it is a map or a list with something in it.
fn embedded(text: &str) -> Option<Value> {
    let is_likely = text.trim_start().starts_with(['{', '[']) && text.len() <= MAX_EMBEDDED;
    let value: serde_json::Value = is_likely.then(|| serde_json::from_str(text).ok()).flatten()?;
    match typed(value) {
        Value::Map(map) if map.is_empty() => None,
        Value::Array(list) if list.is_empty() => None,
        value => Some(value),
    }
}

fn typed(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => truth.into(),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().unwrap_or(f64::NAN).into(), Value::Int)
        }
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(list) => Value::Array(list.into_iter().map(typed).collect()),
        serde_json::Value::Object(map) => Value::Map(map.into_iter().map(|(key, value)| (key, typed(value))).collect()),
    }
}

/// A value as text; a long map or list is cut.
fn shown(value: &Value) -> String {
    if !matches!(value, Value::Map(_) | Value::Array(_)) {
        return value.to_string();
    }
    let mut out = Bounded(String::new());
    if write!(out, "{value}").is_err() {
        out.0.push('…');
    }
    out.0
}

/// A text that refuses to grow beyond [`MAX_JSON`].
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MAX_JSON {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
