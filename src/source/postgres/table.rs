//! What the table looks like: its columns, which of them is the time, what makes a row unique.

use tokio_postgres::Client;

use super::link::{answer, quoted};
use super::options::Options;
use super::trouble;
use crate::config::nearest;
use crate::source::retry::Trouble;

/// Under which names the time of a row usually stands, the preferred first.
const TIMES: &[&str] =
    &["timestamp", "ts", "time", "@timestamp", "logged_at", "created_at", "event_time", "datetime", "at"];

/// What is being done here, as errors tell it.
const LOOKING: &str = "looking at the table";

/// What is told of what there is.
const MAX_TOLD: usize = 20;

/// Finds a table by its name as written, along the search path where no schema is named.
const FIND: &str = "SELECT c.oid, c.relkind::text FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1::text) \
                    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

/// The tables that the user may read.
const TABLES: &str = "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c \
                      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' \
                      AND n.nspname <> 'information_schema' AND NOT c.relispartition \
                      AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1 LIMIT 1000";

/// The columns of a table, in order.
const COLUMNS: &str = "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a \
                       WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// The columns of its primary key, in order.
const KEY: &str = "SELECT a.attname::text FROM pg_catalog.pg_index i \
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
                   WHERE i.indrelid = $1 AND i.indisprimary \
                   ORDER BY pg_catalog.array_position(i.indkey::int2[], a.attnum)";

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Column {
    /// Its name in the table.
    pub(super) name: String,
    /// What it is called in a row's line.
    pub(super) role: String,
    /// Its type as SQL writes it.
    pub(super) kind: String,
}

/// A table that can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Table {
    /// Its name as SQL writes it.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The column of the time.
    pub(super) time: Column,
    /// What makes a row unique: expressions on the row `t`, and their types.
    pub(super) key: Vec<(String, String)>,
    /// Whether its rows know the transaction that wrote them; those of views do not.
    pub(super) has_transactions: bool,
}

impl Table {
    /// Asks the server.
    pub(super) async fn find(client: &Client, options: &Options) -> Result<Self, Trouble> {
        let failed = |error| trouble::told(options, LOOKING, &error);
        let name = options.table.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".");
        let Some(found) = answer(options, LOOKING, client.query_opt(FIND, &[&name])).await? else {
            let known = answer(options, LOOKING, client.query(TABLES, &[])).await?;
            let known: Vec<String> = known.iter().filter_map(|row| row.try_get(0).ok()).collect();
            return Err(missing(options, &known));
        };
        let (oid, relkind): (u32, String) = (found.try_get(0).map_err(failed)?, found.try_get(1).map_err(failed)?);
        let columns = answer(options, LOOKING, client.query(COLUMNS, &[&oid])).await?;
        let columns: Vec<(String, String)> =
            columns.iter().filter_map(|row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?))).collect();
        let key = answer(options, LOOKING, client.query(KEY, &[&oid])).await?;
        let key: Vec<String> = key.iter().filter_map(|row| row.try_get(0).ok()).collect();
        Self::of(options, name, &relkind, &columns, key)
    }

    /// A table called `name` as SQL writes it, with such columns (name and type) and such a primary key.
    pub(super) fn of(
        options: &Options,
        name: String,
        relkind: &str,
        columns: &[(String, String)],
        primary: Vec<String>,
    ) -> Result<Self, Trouble> {
        let place = options.place();
        let lasting = |why: String| Trouble::lasting(format!("{place}: {why}"));
        let names = || columns.iter().map(|(name, _)| name.as_str());
        let wanted = options.columns.iter().map(|(_, column)| column).chain(&options.key);
        if let Some(missing) = wanted.clone().find(|wanted| !names().any(|name| name == *wanted)) {
            return Err(lasting(format!("there is no column {missing}; {}", told(names()))));
        }
        let role_of = |column: &str| options.columns.iter().find(|(_, name)| name == column).map(|(role, _)| role);
        let columns: Vec<Column> = columns
            .iter()
            .map(|(name, kind)| {
                let role = role_of(name).unwrap_or(name).clone();
                Column { name: name.clone(), role, kind: kind.clone() }
            })
            .collect();
        let mapped = columns.iter().find(|column| column.role == "time" || column.role == "timestamp");
        let usual =
            || TIMES.iter().find_map(|time| columns.iter().find(|column| column.name == *time && is_time(column)));
        let Some(time) = mapped.filter(|column| role_of(&column.name).is_some() || is_time(column)).or_else(usual)
        else {
            return Err(lasting(format!("which column is the time? say columns.time=NAME; {}", told(names()))));
        };
        if !is_time(time) {
            return Err(lasting(format!("column {} is of type {}, and not of timestamp", time.name, time.kind)));
        }
        let has_transactions = matches!(relkind, "r" | "p" | "m");
        let key = if options.key.is_empty() { primary } else { options.key.clone() };
        let mut key: Vec<(String, String)> = key
            .iter()
            .filter_map(|name| columns.iter().find(|column| column.name == *name))
            .map(|column| (format!("t.{}", quoted(&column.name)), cast_of(&column.kind)))
            .collect();
        if key.is_empty() {
            if !has_transactions {
                return Err(lasting(format!(
                    "it has no primary key; say what makes a row unique: key=COLUMN; {}",
                    told(names())
                )));
            }
            // Where a row stands, which it does for as long as nobody changes it.
            key = vec![("t.tableoid".to_owned(), "oid".to_owned()), ("t.ctid".to_owned(), "tid".to_owned())];
        }
        Ok(Self { name, time: time.clone(), key, has_transactions, columns })
    }
}

fn is_time(column: &Column) -> bool {
    column.kind.starts_with("timestamp")
}

fn missing(options: &Options, known: &[String]) -> Trouble {
    let wanted = options.table.last().map_or("", String::as_str);
    let table_of = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
    let tables: Vec<String> = known.iter().map(|full| table_of(full)).collect();
    let near = nearest(wanted, tables.iter().map(String::as_str));
    let near = near.and_then(|near| known.iter().find(|full| table_of(full) == near));
    let hint = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    let server = options.server();
    let there = if known.is_empty() {
        format!("user {} may read no table there", options.user)
    } else {
        told(known.iter().map(String::as_str))
    };
    Trouble::lasting(format!("{server} has no table {}; {hint}{there}", options.table.join(".")))
}

fn told<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.iter().take(MAX_TOLD).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(MAX_TOLD);
    if more == 0 { format!("there are {shown}") } else { format!("there are {shown} and {more} more") }
}

/// The type by which a text becomes a value of type `kind` again. `character` alone would be of one letter.
fn cast_of(kind: &str) -> String {
    if kind == "character" { "bpchar".to_owned() } else { kind.to_owned() }
}
