//! What stands where a waterfall would: that there is no trace, or who was asked for it and what each of them said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::TraceId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::inquiry::Said;
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
    /// What there is to say of a trace that is wanted and not there, or of none, in `width` cells.
    pub(super) fn of(missing: Option<TraceId>, world: &World, width: usize) -> Self {
        let lines = match missing {
            Some(id) => missing_trace(id, world),
            None => no_trace(world),
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
pub(super) fn no_trace(world: &World) -> Vec<String> {
    let way = if world.backends().is_empty() {
        "Traces come by OTLP: spantail otlp: otlp+http:".to_owned()
    } else {
        format!("{} finds those of the backends.", world.key(Action::FindTraces))
    };
    vec!["No trace yet.".to_owned(), way]
}

fn missing_trace(id: TraceId, world: &World) -> Vec<String> {
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
    lines.push(match (world.backends().as_slice(), asked) {
        ([], _) => "It is shown as soon as they come.".to_owned(),
        (_, []) => format!("{} asks the backends for it.", world.key(Action::OpenTrace)),
        _ => format!("{} asks again.", world.key(Action::FetchTrace)),
    });
    lines
}
