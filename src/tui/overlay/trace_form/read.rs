//! What the texts of the form's fields mean.

use crate::model::{Nanos, TraceQuery, Window};
use crate::query::{CompileContext, narrow, parse, time_point};

/// How far back is looked unless the form says otherwise.
const USUAL_TIME: &str = "1h";

/// `1h`: the last hour. `10:00..11:30`: from one to the other. `2026-05-01`: that day. Nothing: the last hour.
pub(super) fn window(text: &str, context: &CompileContext) -> Result<Window, String> {
    let expected =
        || format!("`{text}` is no time: expected 1h, 10:00..11:30, 2h..1h, 2026-05-01 or \"today 14:00\"..now");
    let moment = |text: &str| time_point(text.trim_matches('"'), context).ok_or_else(expected);
    let text = if text.is_empty() { USUAL_TIME } else { text };
    let (from, to) = match text.split_once("..") {
        Some((from, "")) => (moment(from)?.start, context.now),
        Some((from, to)) => (moment(from)?.start, moment(to)?.end),
        None => {
            let moment = moment(text)?;
            let is_instant = moment.end - moment.start <= 1;
            (moment.start, if is_instant { context.now } else { moment.end })
        }
    };
    let (from, to): (Nanos, Nanos) = (from, to.min(context.now));
    if from < to { Ok(Window { from, to }) } else { Err(format!("`{text}` ends before it begins")) }
}

/// `>1s`, `100ms..2s`; a duration alone is the least.
pub(super) fn durations(text: &str, query: &mut TraceQuery) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let is_bare = !text.contains("..") && !text.starts_with(['<', '>']);
    let asked = if is_bare { format!("duration:>={text}") } else { format!("duration:{text}") };
    let is_read = parse(&asked).is_ok_and(|parsed| narrow(&parsed, query));
    if is_read { Ok(()) } else { Err(format!("`{text}` is no duration: expected >1s, <=250ms or 100ms..2s")) }
}

/// `key=value key="a value"`.
pub(super) fn tags(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut tags = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let wrong = || format!("`{rest}`: expected key=value, in quotes where the value has blanks");
        let (key, behind) = rest.split_once('=').ok_or_else(wrong)?;
        let (value, next) = if let Some(quoted) = behind.strip_prefix('"') {
            phrase(quoted).ok_or_else(wrong)?
        } else {
            let (value, next) = behind.split_once(char::is_whitespace).unwrap_or((behind, ""));
            (value.to_owned(), next)
        };
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(wrong());
        }
        tags.push((key.to_owned(), value));
        rest = next.trim_start();
    }
    Ok(tags)
}

/// What stands before the closing quote, with `\"` and `\\` for these two, and what stands behind it.
fn phrase(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '"' => return Some((out, rest.as_str())),
            '\\' if rest.as_str().starts_with(['"', '\\']) => out.extend(rest.next()),
            other => out.push(other),
        }
    }
    None
}
