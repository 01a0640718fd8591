//! PostgreSQL's server log as CSV (`log_destination = csvlog`): 23 columns and more, each version adding some at the end.
//!
//! The columns are those of section 20.8.4 of PostgreSQL's documentation. A quote within a column is doubled; the message is
//! shown without that, the fields have it as it stands.

use std::borrow::Cow;

use super::given::{Fields, Give, Given, attributes, find};
use super::postgres::severity;
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity, Value};
use crate::parse::pairs::text_of;
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct PostgresCsv;

impl LineFormat for PostgresCsv {
    fn name(&self) -> &'static str {
        "postgres-csv"
    }

    fn about(&self) -> &'static str {
        "PostgreSQL's server log as CSV"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"2026-03-01 10:00:00.123 UTC,"shop","orders",811,"10.0.0.1:51762",69a40f60.32b,3,"SELECT",2026-03-01 09:59:58 UTC,3/7,0,ERROR,42P01,"relation ""x"" does not exist",,,,,,"select * from x",15,,"psql","client backend",,0"#,
            "2026-03-01 10:00:00.123 UTC,,,811,,69a40f60.32b,1,,2026-03-01 09:59:58 UTC,,0,LOG,00000,\"database system is ready to accept connections\",,,,,,,,,\"\"",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        COLUMNS
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Row::of(probe)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let row = Row::of(probe)?;
        let message = text_of(row.message);
        let message = if message.contains("\"\"") { Cow::Owned(message.replace("\"\"", "\"")) } else { message };
        let fields = attributes(&row);
        Some(Reading { facts: row.facts(probe.line, id), severity_text: text_of(row.level), message, fields })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        let hints = crate::parse::time::Hints::default();
        find(&Row::of(&Probe::new(line, &hints))?, key)
    }
}

/// The columns behind the time, by the names that their values have as fields. Those that became facts have none.
const COLUMNS: &[&str] = &[
    "db.user",
    "db.namespace",
    "process.pid",
    "client.address",
    "session_id",
    "session_line_num",
    "command_tag",
    "session_start_time",
    "virtual_transaction_id",
    "transaction_id",
    "",
    "db.response.status_code",
    "",
    "detail",
    "hint",
    "internal_query",
    "internal_query_pos",
    "context",
    "query",
    "query_pos",
    "location",
    "application_name",
    "backend_type",
    "leader_pid",
    "query_id",
];
/// Where level and message stand among them.
const LEVEL: usize = 10;
const MESSAGE: usize = 12;

/// A line, its time cut off.
struct Row<'a> {
    time: Option<Nanos>,
    severity: Severity,
    level: &'a [u8],
    message: &'a [u8],
    columns: &'a [u8],
}

impl<'a> Row<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        let stamp = probe.stamp()?;
        let behind = probe.line.get(stamp.len..)?;
        // A zone that the time's reading does not know.
        let zone = behind.iter().take(8).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
        let columns = behind.get(zone..)?.strip_prefix(b",")?;
        let level = Columns { rest: Some(columns) }.nth(LEVEL)?;
        let message = Columns { rest: Some(columns) }.nth(MESSAGE)?;
        Some(Self { time: stamp.time, severity: severity(level)?, level, message, columns })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        Facts {
            format,
            time: self.time,
            severity: self.severity,
            service: None,
            trace_id: ids.trace_id,
            span_id: ids.span_id,
        }
    }
}

impl<'a> Fields<'a> for Row<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        let columns = COLUMNS.iter().zip(Columns { rest: Some(self.columns) });
        for (name, value) in columns.filter(|(name, value)| !name.is_empty() && !value.is_empty()) {
            match *name {
                "process.pid" | "session_line_num" | "query_pos" | "internal_query_pos" | "leader_pid" => {
                    give(name, Given::Number(value));
                }
                _ => give(name, Given::Text(value)),
            }
        }
    }
}

/// Iterates over columns, quoted ones without their quotes.
struct Columns<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Columns<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (column, behind) = match rest.strip_prefix(b"\"") {
            Some(text) => text.split_at_checked(quoted_len(text)).map(|(column, rest)| (column, rest.get(1..)))?,
            None => {
                rest.split_at_checked(memchr::memchr(b',', rest).unwrap_or(rest.len())).map(|(c, r)| (c, Some(r)))?
            }
        };
        self.rest = behind.and_then(|behind| behind.strip_prefix(b","));
        Some(column)
    }
}

/// How many bytes stand before the quote that closes a column; two in a row are one within it.
fn quoted_len(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(mark) = text.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        at += mark;
        if text.get(at + 1) != Some(&b'"') {
            return at;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn columns_are_fields() {
        check(
            "postgres-csv",
            &[(
                r#"2026-03-01 10:00:00.123 UTC,"me","shop",811,"[local]",69a4.32b,3,"SELECT",2026-03-01 09:59:58 UTC,3/7,0,ERROR,42P01,"no ""x"", sorry",,"a hint",,,,"select
x",15,,"psql""#,
                (
                    "2026-03-01T10:00:00.123Z",
                    17,
                    "",
                    "no \"x\", sorry",
                    "db.user=me db.namespace=shop process.pid=811 client.address=[local] session_id=69a4.32b session_line_num=3 command_tag=SELECT session_start_time=2026-03-01 09:59:58 UTC virtual_transaction_id=3/7 transaction_id=0 db.response.status_code=42P01 hint=a hint query=select\nx query_pos=15 application_name=psql",
                ),
            )],
        );
        check_not("postgres-csv", &["2026-03-01 10:00:00,123 ERROR x", "2026-03-01,a,b,c,d,e,f,g,h,i,j,ERROR"]);
    }
}
