//! The filter language: one for the log pane, the trace list, the command line and alert rules.
//!
//! Owns reading it ([`parse()`]), compiling it ([`Plan`]), running it over the store ([`Plan::scan`], [`LiveQuery`]) and
//! helping to type it ([`completions`]). Reads no clock: what is relative to now gets the time from [`CompileContext`].
//!
//! # Grammar
//!
//! ```text
//! query   = [ or ]                          empty: everything matches
//! or      = and { "OR" and }                binds weakest
//! and     = not { [ "AND" ] not }
//! not     = ( "-" | "NOT" ) not | primary   the minus stands directly before its term
//! primary = "(" or ")" | field | text
//! text    = word | phrase | regex
//! field   = key ":" item { "," item }       any of the items; no space around the colon or the commas
//! item    = "*"                             the key exists
//!         | value                           equality; "*" in an unquoted value stands for anything
//!         | regex
//!         | ( ">" | ">=" | "<" | "<=" ) value
//!         | [ value ] ".." [ value ]        both ends are included
//! value   = bare | phrase
//! phrase  = '"' … '"'                       with \" and \\
//! regex   = "/" … "/"                       with \/
//! key     = ( letter | "_" | "@" ) { letter | digit | "_" | "." | "-" | "@" | "/" }
//! ```
//!
//! `AND`, `OR` and `NOT` are written in capitals. Parentheses inside a word belong to it while they balance
//! (`handle(req)`). `http://…` and `std::io` are words although they look like fields; a word that begins with two
//! dashes is a word; `/var/log`, with a slash inside, is a word and not a regex.
//!
//! # Meaning
//!
//! - **Text** occurs anywhere in the line's bytes as they came; of a structured record also in an attribute's key or
//!   value. Smart case: without a capital any case matches, with one the case is exact. Regexes too (`(?-i)` undoes
//!   it); `^` and `$` match at every line of a record of several.
//! - **`level`** compares severities: `level:warn` is that level, `level:>=warn` it and above, `level:notice` just 10.
//! - **`service`, `source`, `host`** ignore case.
//! - **`trace`, `span`** take any notation of an id: hex of either case with or without zeros in front, X-Ray's
//!   `1-…-…`, a UUID, Datadog's decimals; an id of 64 bits matches the low half.
//! - **`time`** takes `12:03`, `12:03:04.5`, `2026-05-01`, RFC 3339, `today 14:00`, `now`, and `10m` or `2h ago`,
//!   counted back from now; `time:10m` is the last ten minutes, `time:12:03` that minute.
//! - **`duration`** needs a unit (`ns us µs ms s m h d`, also `1m30s`). A line's own number without a unit is taken by
//!   the ending of its key (`_ns _us _ms _s`), else as milliseconds.
//! - **`msg`** looks inside the message: `msg:timeout` is "contains"; with a `*` it is the whole message.
//! - **`template`** is a message with `<*>` or `<name>` where it varies.
//! - **`op`, `status`, `kind`, `host`** of a line are the attributes that commonly carry them.
//! - **`request_id`, `job_id`, …** ([`CORRELATIONS`]) are found under every usual spelling, nested or not.
//! - **Any other key** is an attribute's name, dotted into nested ones. Equality is of text, or of numbers. Sizes
//!   take `b kb mb gb tb` (1000) and `kib mib gib tib` (1024). What rules find ([`crate::parse::rules`]) are attributes
//!   too; `rule` names the rules that matched.
//! - Rows that stand for lost lines match every query: a gap is never filtered away.
//!
//! Over traces ([`Plan::matches_trace`]) one span has to have everything that is asked for, and none what is negated; text
//! is looked for in the span's names and attributes. `time`, `duration` and `spans` are those of the trace,
//! `caller` is the service of the span's parent.

mod ast;
mod bits;
mod complete;
mod correlation;
mod error;
mod glob;
mod key;
mod lex;
mod live;
mod matches;
mod narrow;
mod needle;
mod number;
mod parse;
mod pattern;
mod plan;
mod seen;
mod time;

pub use ast::{Comparison, Expr, ExprKind, Field, Item, ItemKind, Query, field_text, quote};
pub use complete::{Completion, Vocabulary, completions};
pub use correlation::{CORRELATIONS, Correlation, correlation_of};
pub use error::QueryError;
pub use key::{BUILT_IN_ALIASES, Key};
pub use live::{Answer, LiveQuery, Piece, Progress, Searcher};
pub use matches::{Matches, Run, context};
pub use narrow::{demanded, narrow};
pub use parse::parse;
pub use plan::{CompileContext, Plan};
pub use seen::Seen;
pub use time::time_point;

#[cfg(test)]
mod tests;
