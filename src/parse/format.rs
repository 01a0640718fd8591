//! The registry of line formats and the contract that each keeps.
//!
//! A format is one file (or folder) of [`super`] with a unit struct that implements [`LineFormat`], and one line in
//! [`FORMATS`]. Names, detection, the reading of stored lines and the tests over all samples follow from that line.

use super::json::Json;
use super::logfmt::Logfmt;
use super::python::Python;
use super::text::Text;
use super::time::Hints;
use super::{Facts, FormatId, Reading};
use crate::model::Value;

/// Every format. A [`FormatId`] is an index into it, and the order is the order in which a line of unknown format is tried,
/// the text last although it stands first.
pub const FORMATS: &[&dyn LineFormat] = &[&Text, &Json, &Logfmt, &Python];

/// One way of writing log lines.
///
/// Foreign bytes come in: nothing here may panic, recurse without bound or take more than linear time in the line.
pub trait LineFormat: Sync {
    /// A short lower-case name, unique among all formats: what `format = "…"` in a source's options takes.
    fn name(&self) -> &'static str;
    /// What writes such lines, in a few words.
    fn about(&self) -> &'static str;
    /// Lines of this format as they occur in the field. Each must be detected as this format.
    fn samples(&self) -> &'static [&'static str];
    /// The facts of `line`, or `None` when it is not of this format. The hot path: allocates nothing and gives up on a
    /// line of another format within its first bytes. `id` is this format's own.
    fn scan<'a>(&self, line: &'a [u8], id: FormatId, hints: &Hints) -> Option<Facts<'a>>;
    /// `line` taken apart completely, with the very facts that [`LineFormat::scan`] finds.
    fn read<'a>(&self, line: &'a [u8], id: FormatId, hints: &Hints) -> Option<Reading<'a>>;
    /// The value of one field, those included that became facts.
    fn field(&self, line: &[u8], key: &str) -> Option<Value>;
}

/// All formats with their ids, in the order of the registry.
pub(super) fn with_ids() -> impl Iterator<Item = (FormatId, &'static dyn LineFormat)> {
    (0..=u8::MAX).map(FormatId).zip(FORMATS.iter().copied())
}

/// The format of this id; `None` for the special ids and for those of a newer version.
pub(super) fn format_of(id: FormatId) -> Option<&'static dyn LineFormat> {
    FORMATS.get(usize::from(id.0)).copied()
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
