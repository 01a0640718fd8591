//! The log of slow queries of MySQL and MariaDB: `# Time: …`, some lines of `# Name: value`, and the SQL below them.
//!
//! One record has all these lines (see the parser's joining). Its message is the SQL; the database that `use` names and the time that `SET
//! timestamp` sets come before it.

use super::given::{Fields, Give, Given, cut, find, is_digits, unless_nil, with_pairs};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity, Value};
use crate::parse::pairs::text_of;
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct MysqlSlow;

impl LineFormat for MysqlSlow {
    fn name(&self) -> &'static str {
        "mysql-slow"
    }

    fn about(&self) -> &'static str {
        "MySQL's and MariaDB's log of slow queries: # Time, # User@Host, # Query_time, the SQL"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "# Time: 2026-03-01T10:00:00.678222Z\n# User@Host: shop[shop] @ localhost []  Id:     2\n# Query_time: 1.211853  Lock_time: 0.000042 Rows_sent: 268  Rows_examined: 91268\nuse orders;\nSET timestamp=1772359200;\nSELECT * FROM baskets;",
            "# User@Host: root[root] @ host7 [10.0.0.7]\n# Thread_id: 19  QC_hit: No\n# Query_time: 2.5  Lock_time: 0.0  Rows_sent: 0  Rows_examined: 7\nSET timestamp=1772359200;\nDELETE FROM baskets;",
            "# Time: 170213 16:00:33",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'#'
    }

    fn given(&self) -> &'static [&'static str] {
        &["db.user", "client.address", "thread.id", "db.namespace"]
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Entry::of(probe.line)?.facts(probe, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let entry = Entry::of(probe.line)?;
        let message = if entry.sql.is_empty() { probe.line } else { entry.sql };
        Some(Reading {
            facts: entry.facts(probe, id),
            severity_text: text_of(b""),
            message: text_of(message),
            fields: with_pairs(&entry, b""),
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        find(&Entry::of(line)?, key)
    }
}

const TIME: &[u8] = b"# Time: ";
const USER: &[u8] = b"# User@Host: ";

/// A record cut into what stands before its SQL and the SQL.
struct Entry<'a> {
    head: &'a [u8],
    sql: &'a [u8],
}

impl<'a> Entry<'a> {
    #[inline]
    fn of(line: &'a [u8]) -> Option<Self> {
        if !line.starts_with(TIME) && !line.starts_with(USER) {
            return None;
        }
        let mut at = 0;
        for text in line.split_inclusive(|byte| *byte == b'\n') {
            let is_before = (text.starts_with(b"# ") && !text.starts_with(b"# administrator command"))
                || database(text).is_some()
                || timestamp(text).is_some();
            if !is_before {
                break;
            }
            at += text.len();
        }
        let (head, sql) = line.split_at_checked(at)?;
        Some(Self { head, sql: sql.trim_ascii_end() })
    }

    fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        self.head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end)
    }

    /// When the query ended; where several ended within a second only the first says so, and each when it began.
    fn time(&self, hints: &Hints) -> Option<Nanos> {
        let ended = self.head.strip_prefix(TIME).and_then(|text| time::stamp(text, hints)?.time);
        ended.or_else(|| self.lines().find_map(timestamp).and_then(|seconds| time::parse_value(seconds, hints)))
    }

    fn facts(&self, probe: &Probe<'a, '_>, format: FormatId) -> Facts<'a> {
        let ids = context::find(probe.line);
        let time = self.time(probe.hints);
        Facts { format, time, severity: Severity::UNSET, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }
}

impl<'a> Fields<'a> for Entry<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        for line in self.lines() {
            if let Some(user) = line.strip_prefix(USER) {
                each_of_user(give, user);
            } else if let Some(name) = database(line) {
                give("db.namespace", Given::Text(name));
            } else if let Some(values) = line.strip_prefix(b"# ").filter(|_| !line.starts_with(TIME)) {
                each_value(give, values);
            }
        }
    }
}

/// `shop[shop] @ localhost [10.0.0.7]  Id:     2`: who is acted for, who asked, and where from.
fn each_of_user<'a>(give: &mut Give<'_, 'a>, text: &'a [u8]) {
    let (user, rest) = cut(text, b'[').unwrap_or((text, b""));
    unless_nil(give, "db.user", Given::Text(user.trim_ascii()));
    let from = memchr::memmem::find(rest, b"@ ").and_then(|at| rest.get(at + 2..)).unwrap_or_default();
    let (host, rest) = cut(from, b'[').unwrap_or((from, b""));
    let (address, rest) = cut(rest, b']').unwrap_or((rest, b""));
    let host = host.trim_ascii();
    unless_nil(give, "client.address", Given::Text(if address.is_empty() { host } else { address }));
    unless_nil(give, "Host", Given::Text(if address.is_empty() { b"" } else { host }));
    each_value(give, rest.trim_ascii_start());
}

/// `Query_time: 0.011853  Lock_time: 0.011542 Rows_sent: 268`: words with a colon, each with a value behind it.
fn each_value<'a>(give: &mut Give<'_, 'a>, text: &'a [u8]) {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_suffix(b":").filter(|name| !name.is_empty()) else { continue };
        let Some(value) = words.next_if(|next| !next.ends_with(b":")) else { continue };
        match name {
            b"Id" | b"Thread_id" => give("thread.id", Given::Number(value)),
            b"Schema" => give("db.namespace", Given::Text(value)),
            name => give(&text_of(name), Given::Number(value)),
        }
    }
}

/// The database in `use orders;`.
fn database(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"use ")?.trim_ascii_end().strip_suffix(b";")
}

/// The seconds in `SET timestamp=1772359200;`.
fn timestamp(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"SET timestamp=")?.trim_ascii_end().strip_suffix(b";").filter(|digits| is_digits(digits))
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn entries_are_taken_apart() {
        check(
            "mysql-slow",
            &[
                (
                    "# Time: 2021-01-26T23:45:57.678222Z\n# User@Host: cloud[cloud] @ localhost []  Id:     2\n# Schema: cloud  Last_errno: 0  Killed: 0\n# Query_time: 0.011853  Lock_time: 0.011542  Rows_sent: 268\n# Bytes_sent: 10121\nuse cloud;\nSET timestamp=1611704757;\nSELECT *\nFROM `conf`;",
                    (
                        "2021-01-26T23:45:57.678222Z",
                        0,
                        "",
                        "SELECT *\nFROM `conf`;",
                        "db.user=cloud client.address=localhost thread.id=2 db.namespace=cloud Last_errno=0 Killed=0 Query_time=0.011853 Lock_time=0.011542 Rows_sent=268 Bytes_sent=10121",
                    ),
                ),
                (
                    "# User@Host: root[root] @ web [10.0.0.7]\r\n# Query_time: 2.5\r\nSET timestamp=1772359200;\r\n# administrator command: Quit;",
                    (
                        "2026-03-01T10:00:00Z",
                        0,
                        "",
                        "# administrator command: Quit;",
                        "db.user=root client.address=10.0.0.7 Host=web Query_time=2.5",
                    ),
                ),
                ("# Time: 170213 16:00:33", ("2017-02-13T16:00:33Z", 0, "", "# Time: 170213 16:00:33", "")),
            ],
        );
    }

    #[test]
    fn comments_are_not_taken() {
        check_not("mysql-slow", &["# Times: 3", "# User: root", "#1 main"]);
    }
}
