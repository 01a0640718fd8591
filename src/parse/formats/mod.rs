//! The registry of line formats and the contract that each keeps.
//!
//! A format is one file (or folder) here with a unit struct that implements [`LineFormat`], its `mod` line, and one line
//! in [`FORMATS`]. Names, detection, the reading of stored lines and the tests over all samples follow from that line.

mod access;
mod apache;
mod bracketed;
mod carrier;
mod cbs;
#[cfg(test)]
mod check;
mod compose;
mod cri;
mod docker;
mod dotnet;
mod escape;
mod given;
mod golog;
mod haproxy;
mod head;
mod http;
pub(super) mod inner;
mod json;
mod jul;
mod kernel;
mod klog;
mod kubectl;
mod levelled;
mod log4j;
mod logcat;
mod logfmt;
mod loguru;
mod monolog;
mod mysql;
mod mysql_slow;
mod nginx;
mod oslo;
mod otel_python;
mod piped;
mod postgres;
mod postgres_csv;
mod probe;
mod python;
mod python_short;
mod ras;
mod redis;
mod request;
mod ruby;
mod rust;
mod stamped;
mod syslog;
mod tail;
pub(super) mod text;
#[cfg(test)]
mod upstream;
mod uwsgi;
mod w3c;
mod zap;

use std::sync::LazyLock;

pub(in crate::parse) use self::json::unescape;
pub use self::probe::Probe;
use super::{Facts, FormatId, Reading};
use crate::model::Value;

/// Every format. A [`FormatId`] is an index into it, and the order is the order in which a line of unknown format is tried,
/// the text last although it stands first: what is easily told comes before what is told by guessing.
pub const FORMATS: &[&dyn LineFormat] = &[
    &text::Text,
    &docker::Docker,
    &json::Json,
    &cri::Cri,
    &stamped::Stamped,
    &kubectl::Kubectl,
    &compose::Compose,
    &syslog::Syslog5424,
    &syslog::Syslog,
    &klog::Klog,
    &kernel::Kernel,
    &access::Access,
    &nginx::Nginx,
    &apache::Apache,
    &haproxy::Haproxy,
    &uwsgi::Uwsgi,
    &w3c::W3c,
    &logfmt::Logfmt,
    &cbs::Cbs,
    &redis::Redis,
    &ruby::Ruby,
    &logcat::Logcat,
    &monolog::Monolog,
    &mysql::Mysql,
    &mysql_slow::MysqlSlow,
    &postgres_csv::PostgresCsv,
    &postgres::Postgres,
    &zap::Zap,
    &jul::Jul,
    &dotnet::Dotnet,
    &ras::Ras,
    &rust::Rust,
    &python::Python,
    &python_short::PythonShort,
    &loguru::Loguru,
    &oslo::Oslo,
    &otel_python::OtelPython,
    &piped::Piped,
    &log4j::Log4j,
    &levelled::Levelled,
    &bracketed::Bracketed,
    &golog::GoLog,
];

/// One way of writing log lines.
///
/// Foreign bytes come in: nothing here may panic, recurse without bound or take more than linear time in the line. A line
/// may hold line ends where several lines were joined into one record; its first line tells the facts.
pub trait LineFormat: Sync {
    /// A short lower-case name, unique among all formats: what `format = "…"` in a source's options takes.
    fn name(&self) -> &'static str;
    /// What writes such lines, in a few words.
    fn about(&self) -> &'static str;
    /// Lines of this format as they occur in the field. Each must be detected as this format.
    fn samples(&self) -> &'static [&'static str];
    /// Whether a line of this format may begin with this byte. Decides which formats a line of unknown format is tried
    /// as, so the fewer the better.
    fn may_begin(&self, first: u8) -> bool;
    /// Whether it wraps lines of other formats (see [`inner`]). One carrier is unwrapped, not several.
    fn is_carrier(&self) -> bool {
        false
    }
    /// Names of fields that it gives: the line has their values and not their names. What of a name stands behind its last
    /// dot counts. A filter on one of these can not pass over lines that do not have the name in them.
    fn given(&self) -> &'static [&'static str] {
        &[]
    }
    /// Those of the given fields whose values do not stand in the line either, but follow from it.
    fn derived(&self) -> &'static [&'static str] {
        &[]
    }
    /// The facts of a line, or `None` when it is not of this format. The hot path: allocates nothing and gives up on a
    /// line of another format within its first bytes. `id` is this format's own.
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>>;
    /// A line taken apart completely, with the very facts that [`LineFormat::scan`] finds.
    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>>;
    /// The value of one field, those included that became facts.
    fn field(&self, line: &[u8], key: &str) -> Option<Value>;
}

/// A format with its id.
pub(super) type Known = (FormatId, &'static dyn LineFormat);

/// For each first byte the formats that a line may be of, the text left out. An empty line is text.
static CANDIDATES: LazyLock<Vec<Vec<Known>>> = LazyLock::new(|| {
    let may_begin = |first: u8| move |known: &Known| known.0 != FormatId::TEXT && known.1.may_begin(first);
    (0..=u8::MAX).map(|first| with_ids().filter(may_begin(first)).collect()).collect()
});

/// The formats that `line` may be of, in the order in which they are tried.
#[inline]
pub(super) fn candidates(line: &[u8]) -> &'static [Known] {
    line.first().and_then(|first| CANDIDATES.get(usize::from(*first))).map_or(&[], Vec::as_slice)
}

/// All formats with their ids, in the order of the registry.
pub(super) fn with_ids() -> impl Iterator<Item = Known> {
    (0..=u8::MAX).map(FormatId).zip(FORMATS.iter().copied())
}

/// The format of this id; `None` for the special ids and for those of a newer version.
#[inline]
pub(super) fn format_of(id: FormatId) -> Option<&'static dyn LineFormat> {
    FORMATS.get(usize::from(id.0)).copied()
}

/// Whether lines of some format have a field called `key` without having that name in them.
pub fn is_given(key: &str) -> bool {
    FORMATS.iter().any(|format| format.given().contains(&key))
}

/// Whether lines of some format have a field called `key` without having its value in them.
pub fn is_derived(key: &str) -> bool {
    FORMATS.iter().any(|format| format.derived().contains(&key))
}

/// The format called `name`.
pub fn format_by_name(name: &str) -> Option<FormatId> {
    with_ids().find(|(_, format)| format.name() == name).map(|(id, _)| id)
}

/// The name of a format; `record`, `loss` and `gone` for the ids of what is no line, `unknown` for an id that is not registered.
pub fn format_name(id: FormatId) -> &'static str {
    match id {
        FormatId::RECORD => "record",
        FormatId::LOSS => "loss",
        FormatId::GONE => "gone",
        _ => format_of(id).map_or("unknown", LineFormat::name),
    }
}
