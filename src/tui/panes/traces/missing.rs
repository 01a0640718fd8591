//! What stands where a waterfall would: that there is no trace, or who was asked for it and what each of them said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::TraceId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::inquiry::Said;
use crate::tui::keymap::Context;
use crate::tui::pane::Paint;
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;

/// Why there is no waterfall, line by line.
#[derive(Clone, Debug, Default)]
pub(super) struct Absence {
    lines: Vec<String>,
}

impl Absence {
    /// What there is to say of a trace that is wanted and not there, or of none, in `width` cells. `keys` is where a key is
    /// looked up now: the log pane's table while this is what a line of it points at.
    pub(super) fn of(missing: Option<TraceId>, world: &World, keys: Context, width: usize) -> Self {
        let lines = match missing {
            Some(id) => missing_trace(id, world, keys),
            None => no_trace(world, keys),
        };
        Self { lines: lines.iter().flat_map(|line| text::wrap(&safe(line), width)).collect() }
    }

    pub(super) fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Trace")];
        let inner = Frame { title: &title, right: "", bottom: &[] }.render(area, buf, paint);
        frame::message(&self.lines, inner, buf, paint);
    }
}

/// That there is no trace, and how some come to be.
pub(super) fn no_trace(world: &World, keys: Context) -> Vec<String> {
    let way = if world.backends().is_empty() {
        "Traces come by OTLP: spantail otlp: otlp+http:".to_owned()
    } else {
        format!("{} finds those of the backends.", world.key(keys, Action::FindTraces))
    };
    vec!["No trace yet.".to_owned(), way]
}

fn missing_trace(id: TraceId, world: &World, keys: Context) -> Vec<String> {
    let mut lines = vec![format!("Trace {} is not in memory.", id.short())];
    let asked = world.inquiry.of_trace(id);
    for asked in asked {
        lines.push(match &asked.said {
            Said::Nothing => format!("{} is being asked …", asked.backend),
            Said::Spans(spans) => format!("{} sends {}.", asked.backend, text::counted(*spans as u64, "span")),
            Said::Unknown => format!("{} does not have it.", asked.backend),
            Said::Failed(why) => format!("{}: {why}", asked.backend),
        });
    }
    if asked.is_empty() {
        lines.push("Its spans have not come, or were evicted.".to_owned());
    }
    let ask = world.key(keys, if keys == Context::Logs { Action::OpenTrace } else { Action::FetchTrace });
    lines.push(match (world.backends().as_slice(), asked) {
        ([], _) => "It is shown as soon as they come.".to_owned(),
        (_, []) => format!("{ask} asks the backends for it."),
        _ => format!("{ask} asks again."),
    });
    lines
}
