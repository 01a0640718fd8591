//! The user's query in Kusto's language, with the time that is asked for put where it counts.
//!
//! When a row came is known only at the table itself (`ingestion_time()`), so the condition stands right behind what the
//! query reads from: in front of its first pipe, in the statement behind the last semicolon.

use crate::model::Nanos;
use crate::source::azure::datetime;

/// A query in pieces.
#[derive(Clone, Debug)]
pub(super) struct Kql {
    /// `let` statements and what is read from: `AppTraces `.
    source: String,
    /// What is done with it, from the first pipe on; may be empty.
    rest: String,
}

impl Kql {
    /// Takes a query apart, or a table's name.
    pub(super) fn of(query: &str) -> Self {
        let query = query.trim().trim_end_matches(';');
        let statement = at_top(query).filter(|(_, byte)| *byte == b';').last().map_or(0, |(at, _)| at + 1);
        let pipe = at_top(query).find(|(at, byte)| *byte == b'|' && *at >= statement);
        let (source, rest) = query.split_at_checked(pipe.map_or(query.len(), |(at, _)| at)).unwrap_or((query, ""));
        Self { source: source.trim_end().to_owned(), rest: rest.to_owned() }
    }

    /// The rows that came from `from` on and, where there is one, before `to`, the oldest first.
    pub(super) fn since(&self, from: Nanos, to: Option<Nanos>) -> String {
        let Self { source, rest } = self;
        let before = to.map(|to| format!(" and ingestion_time() < {}", datetime(to))).unwrap_or_default();
        let from = datetime(from);
        format!("{source}\n| where ingestion_time() >= {from}{before}\n{rest}\n| sort by TimeGenerated asc")
    }

    /// The last so many rows that came since `from`, the newest first.
    pub(super) fn last(&self, from: Nanos, count: usize) -> String {
        let Self { source, rest } = self;
        let from = datetime(from);
        format!("{source}\n| where ingestion_time() >= {from}\n{rest}\n| top {count} by TimeGenerated desc")
    }

    /// As the screen shows it.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.source, self.rest).trim_end().to_owned()
    }
}

/// The places and bytes of a query that stand in no text, no comment and no brackets.
fn at_top(query: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut depth = 0_usize;
    outside_texts(query).filter(move |(_, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

/// The places and bytes of a query that stand in no text and no comment.
fn outside_texts(query: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quote, mut is_escaped, mut is_comment) = (None, false, false);
    let bytes = query.as_bytes();
    bytes.iter().copied().enumerate().filter(move |(at, byte)| {
        match (quote, byte) {
            _ if is_comment => is_comment = *byte != b'\n',
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'/') if bytes.get(at + 1) == Some(&b'/') => is_comment = true,
            (None, _) => return true,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stands_behind_what_is_read_from() {
        const AT: &str = "| where ingestion_time() >= datetime(2026-03-01T10:00:00.0000000Z)";
        let cases = [
            ("AppTraces", "AppTraces", ""),
            ("AppTraces | where Message has 'a|b' | take 5;", "AppTraces", "| where Message has 'a|b' | take 5"),
            (
                "let x = 'a;|b'; let y = T | count; union A, B | where z",
                "let x = 'a;|b'; let y = T | count; union A, B",
                "| where z",
            ),
            (
                "let f = () { T | where x; }; union (A | take 1), (B | where c in ('|')) | where z",
                "let f = () { T | where x; }; union (A | take 1), (B | where c in ('|'))",
                "| where z",
            ),
            ("T // not | this\n| where a == \"\\\"|\"", "T // not | this", "| where a == \"\\\"|\""),
        ];
        for (query, source, rest) in cases {
            let kql = Kql::of(query);
            let expected = format!("{source}\n{AT}\n{rest}\n| sort by TimeGenerated asc");
            assert_eq!(kql.since(1_772_359_200_000_000_000, None), expected);
        }
        let kql = Kql::of("T");
        assert!(kql.since(0, Some(100)).contains("and ingestion_time() < datetime(1970-01-01T00:00:00.0000001Z)"));
        assert!(kql.last(0, 7).ends_with("| top 7 by TimeGenerated desc"));
    }
}
