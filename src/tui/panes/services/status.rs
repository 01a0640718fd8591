//! What stands on the pane's frame, and what an empty pane says.

use super::drawing::Hidden;
use crate::analysis::service_graph::ServiceGraph;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::inquiry::TellerState;
use crate::tui::keymap::Context;
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;

/// How much is shown: `8 services · 9 edges`.
pub(super) fn right(graph: &ServiceGraph) -> String {
    let shown = graph.nodes.len() as u64;
    let services = match graph.left_out {
        0 => text::counted(shown, "service"),
        more => format!("{} of {}", text::count(shown), text::counted(shown + more as u64, "service")),
    };
    format!("{services} · {}", text::counted(graph.edges.len() as u64, "edge"))
}

/// Who tells beside the spans, and in which directions there is more to see.
pub(super) fn bottom(world: &World, hidden: Hidden) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for system in world.inquiry.calls.systems() {
        if !pieces.is_empty() {
            pieces.push(Piece::new(Role::Faint, " · "));
        }
        let label = text::truncate(&safe(&system.backend), 24);
        let (role, state) = match &system.state {
            TellerState::Asked => (Role::Muted, "asked".to_owned()),
            TellerState::Told => (Role::Muted, text::counted(system.calls.len() as u64, "edge")),
            TellerState::Failed(_) => (Role::Warning, "failed".to_owned()),
        };
        pieces.push(Piece::new(role, format!("{label} {state}")));
    }
    let more = more(hidden, world.settings.ascii);
    if !more.is_empty() {
        let between = if pieces.is_empty() { "" } else { " · " };
        pieces.push(Piece::new(Role::Muted, format!("{between}more {more}")));
    }
    pieces
}

fn more(hidden: Hidden, is_ascii: bool) -> String {
    let glyphs = if is_ascii { ["<", "^", "v", ">"] } else { ["←", "↑", "↓", "→"] };
    let directions = [hidden.left, hidden.up, hidden.down, hidden.right];
    glyphs.into_iter().zip(directions).filter(|(_, is_hidden)| *is_hidden).map(|(glyph, _)| glyph).collect()
}

/// Which systems could not tell of calls, and why; empty where all could.
pub(super) fn failed(world: &World) -> String {
    let failed = |system: &crate::tui::inquiry::Teller| match &system.state {
        TellerState::Failed(why) => Some(format!("{}: {}", safe(&system.backend), safe(why))),
        TellerState::Asked | TellerState::Told => None,
    };
    world.inquiry.calls.systems().iter().filter_map(failed).collect::<Vec<_>>().join(" · ")
}

/// What is shown where no service is known.
pub(super) fn empty(world: &World) -> Vec<String> {
    let calls = &world.inquiry.calls;
    let mut lines = vec!["No services yet: traces show who calls whom.".to_owned()];
    if calls.is_waiting() {
        let asked = calls.systems().iter().filter(|system| system.state == TellerState::Asked);
        let asked: Vec<_> = asked.map(|system| safe(&system.backend).into_owned()).collect();
        lines.push(format!("Asking {} who called whom…", asked.join(", ")));
    } else if calls.systems().is_empty() {
        lines.push(format!(
            "Send spans over OTLP, or press {} to add a source.",
            world.key(Context::Services, Action::AddSource)
        ));
    } else {
        let failed = failed(world);
        lines.push(if failed.is_empty() { "Backends know of no calls in the last hour.".to_owned() } else { failed });
        lines.push(format!("{} finds traces in them.", world.key(Context::Services, Action::FindTraces)));
    }
    lines
}
