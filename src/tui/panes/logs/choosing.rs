//! What the log pane offers as columns: the built-in ones, and the fields of the lines in sight.

use super::LogsPane;
use super::line::Taken;
use crate::config::ColumnKind;
use crate::model::{Attributes, Value};
use crate::theme::safe::safe;
use crate::tui::pane::{Candidate, Reply, Request};
use crate::tui::text;
use crate::tui::world::World;

/// Fields that are offered at most.
const MAX_FIELDS: usize = 200;
/// Characters of a value that is shown beside a field's name.
const MAX_SAMPLE: usize = 120;
/// How deep fields within fields are offered.
const MAX_DEPTH: usize = 4;

impl LogsPane {
    /// Asks for the choice of columns, with what there is to choose from: the selected line's fields first, then those
    /// of the other lines in sight.
    pub(super) fn choose_columns(&self, world: &World) -> Reply {
        if world.accounting.sources.is_empty() {
            return Reply::tell("there are no lines to show columns of");
        }
        let rows = self.rows(world);
        let selected = self.selected(world);
        let mut fields: Vec<(String, String)> = Vec::new();
        for id in selected.into_iter().chain(self.view.rows.iter().map(|row| row.id)) {
            let Some(line) = rows.line(id).filter(|line| line.loss().is_none()) else { continue };
            let taken = Taken::of(&line, world);
            taken.maps().for_each(|map| leaves(map, "", MAX_DEPTH, &mut fields));
        }
        let line = selected.and_then(|id| rows.line(id));
        let sample = |kind: &ColumnKind| line.as_ref().map_or_else(String::new, |line| built_in(kind, line, world));
        let built_in = ColumnKind::BUILT_IN.into_iter().map(|kind| (sample(&kind), kind));
        let fields = fields.into_iter().filter_map(|(name, sample)| Some((sample, ColumnKind::of(&name).ok()?)));
        let fields = fields.filter(|(_, kind)| !kind.is_built_in());
        let mut widths = self.widths.clone();
        let candidate = |(sample, kind): (String, ColumnKind)| {
            if let ColumnKind::Field(_) = kind {
                widths.note(&kind, safe(&sample).chars().count());
            }
            let width = widths.automatic(&kind, self.view.width, world);
            Candidate { kind, width: u16::try_from(width).unwrap_or(u16::MAX), sample }
        };
        Reply::Ask(Request::ChooseColumns(built_in.chain(fields).map(candidate).collect()))
    }
}

/// What a built-in column says of a line.
fn built_in(kind: &ColumnKind, line: &crate::store::Line<'_>, world: &World) -> String {
    match kind {
        ColumnKind::Time => text::time_of_day(line.time(), &world.settings, true),
        ColumnKind::Source => super::line::source_name(line, world).to_owned(),
        ColumnKind::Service => super::line::service_name(line, world).to_owned(),
        ColumnKind::Level => line.severity().level().name().to_owned(),
        ColumnKind::Trace => line.trace_id().map(|id| id.to_string()).unwrap_or_default(),
        ColumnKind::Span => line.span_id().map(|id| id.to_string()).unwrap_or_default(),
        ColumnKind::Message | ColumnKind::Field(_) => String::new(),
    }
}

/// The names of fields that are no maps, with what they say.
fn leaves(map: &Attributes, prefix: &str, depth: usize, out: &mut Vec<(String, String)>) {
    for (key, value) in map.iter() {
        let name = format!("{prefix}{key}");
        match value {
            Value::Map(inner) if depth > 0 => leaves(inner, &format!("{name}."), depth - 1, out),
            _ if out.len() >= MAX_FIELDS || out.iter().any(|(known, _)| *known == name) => {}
            _ => out.push((name, value.to_string().chars().take(MAX_SAMPLE).collect())),
        }
    }
}
