//! The questions that are asked of a table, in SQL. Names of columns and tables are quoted, values are parameters; only the
//! user's own condition stands in a question as it was written, in a session that can change nothing.

use super::link::quoted;
use super::options::Options;
use super::table::Table;
use crate::source::MAX_LINE_BYTES;

/// A letter takes four bytes at most.
const MAX_LETTERS: usize = MAX_LINE_BYTES / 4;

/// How many rows are asked for at once.
pub(super) const PAGE: i64 = 500;

/// What there is now: the oldest transaction that still runs, the next one, and the time in microseconds since 1970. Works since PostgreSQL 8.3, also on a replica.
pub(super) const SNAPSHOT: &str = "SELECT txid_snapshot_xmin(txid_current_snapshot()), \
                                   txid_snapshot_xmax(txid_current_snapshot()), \
                                   (extract(epoch FROM now()) * 1000000)::bigint";

/// The questions about one table. All but [`SNAPSHOT`] begin with the same four parameters: the mark from which on rows are
/// wanted, the next transaction, the time of the newest row so far (or null), and how far behind it to look, in seconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Questions {
    /// Rows in order; then come: how many, the time and the key behind which to go on (or nulls).
    pub(super) page: String,
    /// The newest rows, newest first; then comes: how many.
    pub(super) newest: String,
    /// The keys and marks of all rows, and no more of them.
    pub(super) keys: String,
    /// The rows from a time on, in order: like `page`, with the time instead of that of the newest row and no look behind.
    pub(super) since: String,
}

impl Questions {
    /// Those for `table`.
    pub(super) fn of(options: &Options, table: &Table) -> Self {
        let time = format!("t.{}", quoted(&table.time.name));
        let kind = &table.time.kind;
        let key: Vec<&str> = table.key.iter().map(|(expression, _)| expression.as_str()).collect();
        let texts = key.iter().map(|key| format!("{key}::text")).collect::<Vec<_>>().join(", ");
        let order = |direction: &str| {
            let all = std::iter::once(time.as_str()).chain(key.iter().copied());
            all.map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
        };
        let micros = format!("(extract(epoch FROM {time}) * 1000000)::bigint");
        let mark = if table.has_transactions { transaction() } else { micros.clone() };
        let head = format!("SELECT {mark} AS mark, ARRAY[{texts}] AS key, {time}::text, {micros}");
        let line = line(table);
        let condition =
            options.condition.as_ref().map(|condition| format!(" AND (\n{condition}\n)")).unwrap_or_default();
        let from = |from: &str| format!("FROM {} t WHERE isfinite({time}) AND {from}{condition}", table.name);
        // A row with a time in the future must not hide those that come after it.
        let recent = format!(
            "{mark} >= $1::bigint AND $2::bigint > 0 AND ($3::text IS NULL OR {time} >= \
             least($3::text::{kind}, now()::{kind}) - make_interval(secs => $4::float8))"
        );
        let since = format!(
            "$1::bigint IS NOT NULL AND $2::bigint > 0 AND $4::float8 IS NOT NULL AND ($3::text IS NULL OR {time} >= $3::text::{kind})"
        );
        let after = after(table, &time, &key);
        Self {
            page: format!("{head}, {line} {} AND {after} ORDER BY {} LIMIT $5", from(&recent), order("ASC")),
            since: format!("{head}, {line} {} AND {after} ORDER BY {} LIMIT $5", from(&since), order("ASC")),
            newest: format!("{head}, {line} {} ORDER BY {} LIMIT $5", from(&since), order("DESC")),
            keys: format!("{head} {}", from(&recent)),
        }
    }
}

/// The transaction that wrote a row, with the upper half that a row does not keep: the number nearest to the next
/// transaction `$2`, as the server itself compares them. It is behind that one where it began after the snapshot.
fn transaction() -> String {
    const HALF: i64 = 1 << 31;
    const WHOLE: i64 = 1 << 32;
    // Not negative before the remainder is taken: `$2` is less than 2^32 after its own.
    format!("($2::bigint - {HALF} + (t.xmin::text::bigint - $2::bigint % {WHOLE} + {WHOLE} + {HALF}) % {WHOLE})")
}

/// A row as one line of JSON; one of more than [`MAX_LETTERS`] is cut. Values without a type of their own in JSON are
/// texts; what is null is left out. `jsonb` writes no line ends, `json` may.
fn line(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let cast = if column.kind == "json" { "::jsonb" } else { "" };
        format!("t.{}{cast} AS {}", quoted(&column.name), quoted(&column.role))
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let json = format!("(SELECT json_strip_nulls(row_to_json(r))::text FROM (SELECT {columns}) r)");
    format!("left({json}, {MAX_LETTERS})")
}

/// Whether a row stands behind the place in `$6` (its time) and `$7`… (its key), where there is one.
fn after(table: &Table, time: &str, key: &[&str]) -> String {
    let kinds = std::iter::once(&table.time.kind).chain(table.key.iter().map(|(_, kind)| kind));
    let place = kinds.enumerate().map(|(at, kind)| format!("${}::text::{kind}", at + 6)).collect::<Vec<_>>().join(", ");
    let row = std::iter::once(time).chain(key.iter().copied()).collect::<Vec<_>>().join(", ");
    format!("($6::text IS NULL OR ({row}) > ({place}))")
}
