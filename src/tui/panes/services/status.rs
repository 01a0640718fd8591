//! What stands on the pane's frame, and what an empty pane says.

use unicode_width::UnicodeWidthStr;

use super::around::Around;
use super::drawing::Hidden;
use crate::analysis::service_graph::ServiceGraph;
use crate::model::Nanos;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::inquiry::{Teller, TellerState};
use crate::tui::keymap::Context;
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// What stands between two things on the frame.
const BETWEEN: &str = " · ";
/// Cells at the ends of the frame that are left free.
const ENDS: usize = 4;
/// Figures of less than this ago are of now.
const RECENT: Nanos = 30_000_000_000;
/// From this long ago on the day is told as well.
const LONG_AGO: Nanos = 86_400_000_000_000 / 2;
/// Cells of a name in the title.
const NAME: usize = 24;

/// Of which services, and of which time the figures are: of the last five minutes before the latest span, which may have come
/// long ago.
pub(super) fn title(world: &World, around: Option<&Around>) -> Vec<Piece> {
    let mut title = vec![Piece::new(Role::Title, "Services")];
    if let Some(around) = around {
        title.push(Piece::new(Role::Muted, " around "));
        title.push(Piece::new(Role::Accent, text::truncate(&safe(text::visible(&around.service)), NAME)));
        title.push(Piece::new(Role::Faint, " ──"));
    }
    let ago = |latest: Nanos| world.now.saturating_sub(latest);
    let time = match latest(world).filter(|latest| ago(*latest) >= RECENT) {
        Some(latest) => {
            let is_dated = ago(latest) >= LONG_AGO;
            let moment = text::moment(latest, &world.settings, is_dated);
            format!(" 5 min to {}", moment.rsplit_once(':').map_or(&*moment, |(minute, _)| minute))
        }
        None => " last 5 minutes".to_owned(),
    };
    title.push(Piece::new(Role::Muted, time));
    title
}

/// When the latest trace ended; the figures are of the time before.
fn latest(world: &World) -> Option<Nanos> {
    if world.services.is_empty() {
        return None;
    }
    let latest = world.traces.recent(0, 1, |_| true);
    latest.first().map(|trace| trace.start.saturating_add(trace.duration))
}

/// How much is shown: `8 services · 9 edges`, of a part `3 of 8 services · 2 of 9 edges`.
pub(super) fn right(shown: &ServiceGraph, all: &ServiceGraph) -> String {
    let of = |shown: usize, all: usize, noun: &str| {
        let all_of_them = text::counted(all as u64, noun);
        if shown == all { all_of_them } else { format!("{} of {all_of_them}", text::count(shown as u64)) }
    };
    let services = of(shown.nodes.len(), all.nodes.len() + all.left_out, "service");
    format!("{services} · {}", of(shown.edges.len(), all.edges.len(), "edge"))
}

/// What is searched for, else who tells beside the spans; what keys do, where there is room; and in which directions there is
/// more to see.
pub(super) fn bottom(world: &World, hidden: Hidden, search: Vec<Piece>, keys: String, width: u16) -> Vec<Piece> {
    let mut parts: Vec<Vec<Piece>> = Vec::new();
    if search.is_empty() {
        parts.extend(world.inquiry.calls.systems().iter().map(|system| vec![told(system)]));
    } else {
        parts.push(search);
    }
    let more = more(hidden, world.settings.ascii);
    let more = (!more.is_empty()).then(|| vec![Piece::new(Role::Muted, format!("more {more}"))]);
    let keys = vec![Piece::new(Role::Muted, keys)];
    let taken: usize = parts.iter().chain(&more).map(|part| piece::width(part) + BETWEEN.width()).sum();
    if piece::width(&keys) > 0 && taken + piece::width(&keys) + ENDS <= usize::from(width) {
        parts.push(keys);
    }
    parts.extend(more);
    parts.join(&Piece::new(Role::Faint, BETWEEN))
}

/// How far a system is.
fn told(system: &Teller) -> Piece {
    let label = text::truncate(&safe(&system.backend), NAME);
    let (role, state) = match &system.state {
        TellerState::Asked => (Role::Muted, "asked".to_owned()),
        TellerState::Told => (Role::Muted, text::counted(system.calls.len() as u64, "edge")),
        TellerState::Failed(_) => (Role::Warning, "failed".to_owned()),
    };
    Piece::new(role, format!("{label} {state}"))
}

fn more(hidden: Hidden, is_ascii: bool) -> String {
    let glyphs = if is_ascii { ["<", "^", "v", ">"] } else { ["←", "↑", "↓", "→"] };
    let directions = [hidden.left, hidden.up, hidden.down, hidden.right];
    glyphs.into_iter().zip(directions).filter(|(_, is_hidden)| *is_hidden).map(|(glyph, _)| glyph).collect()
}

/// Which systems could not tell of calls, and why; empty where all could.
pub(super) fn failed(world: &World) -> String {
    let failed = |system: &Teller| match &system.state {
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
