//! The status bar: how fast, how full, what was lost, who is ill, what can be pressed; read from left to right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::meter::Meter;
use super::pane::Notice;
use super::piece::{self, Piece};
use super::text;
use super::world::World;
use crate::model::SourceState;
use crate::store::Pressure;
use crate::theme::safe::safe;
use crate::theme::{Role, Theme};

/// From this width on figures are written out.
const WIDE: u16 = 110;
/// Cells of the gauge, in wide and in narrow bars.
const GAUGE: (usize, usize) = (10, 5);

/// What the status bar shows.
#[derive(Clone, Debug, Default)]
pub struct StatusBar {
    left: Vec<Piece>,
    right: Vec<Piece>,
}

impl StatusBar {
    /// Gathers the figures for a bar of `width` cells. `hints` are keys and what they do; `pending` are the keys of an
    /// unfinished sequence.
    pub fn project(
        world: &World,
        meter: &Meter,
        notice: Option<&Notice>,
        hints: &[(String, &str)],
        width: u16,
    ) -> Self {
        let is_wide = width >= WIDE;
        let left = match notice {
            Some(notice) => {
                let role = if notice.is_error { Role::Error } else { Role::Notice };
                vec![Piece::new(role, format!(" {}", safe(&notice.text)))]
            }
            None => figures(world, meter, is_wide),
        };
        let mut right = Vec::new();
        for (key, what) in hints {
            right.push(Piece::new(Role::StatusKey, key.clone()));
            right.push(Piece::new(Role::StatusBar, format!(" {what}  ")));
        }
        Self { left, right }
    }

    /// Draws the bar; the hints give way when there is no room.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let base = theme.style(Role::StatusBar);
        buf.set_style(area, base);
        let used = piece::draw(&self.left, buf, area.x, area.y, area.width, base, theme);
        let mut hints = self.right.clone();
        let room = usize::from(area.width.saturating_sub(used + 2));
        while !hints.is_empty() && piece::width(&hints) > room {
            // A hint is two pieces. The last one, for help, stays longest.
            let before_last = hints.len().saturating_sub(4);
            hints.drain(before_last..(before_last + 2).min(hints.len()));
        }
        let width = u16::try_from(piece::width(&hints)).unwrap_or(0);
        piece::draw(&hints, buf, area.right().saturating_sub(width), area.y, width, base, theme);
    }
}

fn figures(world: &World, meter: &Meter, is_wide: bool) -> Vec<Piece> {
    let accounting = &world.accounting;
    let lost = accounting.logs.lost() + accounting.spans.lost();
    let number = |n: u64| if is_wide { text::count(n) } else { text::short_count(n) };
    let (light, word) = match accounting.pressure() {
        Pressure::Ok => (Role::Ok, ""),
        Pressure::Throttling => (Role::Warning, "throttling  "),
        Pressure::Dropping => (Role::Error, "dropping  "),
    };
    let dot = if world.settings.ascii { "*" } else { "●" };
    let rate =
        if is_wide { text::rate(meter.per_second()) } else { format!("{}/s", text::short_count(meter.rounded())) };
    let mut out = vec![
        Piece::new(light, format!(" {dot} ")),
        Piece::new(Role::StatusBar, rate),
        Piece::new(Role::StatusBar, if is_wide { " in   " } else { "  " }),
    ];
    out.extend(indexing(world));
    out.extend(gauge(world, is_wide));
    if is_wide || !word.is_empty() {
        out.push(Piece::new(light, if is_wide { format!("  {word} ") } else { format!("  {word}") }));
    } else {
        out.push(Piece::new(Role::StatusBar, "  "));
    }
    let dropped = if lost > 0 { Role::Error } else { Role::StatusBar };
    out.push(Piece::new(dropped, format!("{} {}", if is_wide { "dropped" } else { "drop" }, number(lost))));
    let evicted = accounting.logs.evicted;
    if is_wide || evicted > 0 {
        let label = if is_wide { "   evicted" } else { "  evict" };
        out.push(Piece::new(Role::StatusBar, format!("{label} {}", number(evicted))));
    }
    if accounting.logs.rejected + accounting.spans.rejected > 0 {
        let rejected = number(accounting.logs.rejected + accounting.spans.rejected);
        out.push(Piece::new(Role::Warning, format!("  rejected {rejected}")));
    }
    out.extend(sources(world, is_wide));
    out
}

/// How far what was there before is read, while it is.
fn indexing(world: &World) -> Option<Piece> {
    let indexing = world.accounting.indexing()?;
    #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
    let share = (indexing.done as f64 / indexing.total.max(1) as f64).min(1.0);
    Some(Piece::new(Role::Accent, format!("indexing {:.0} %  ", (share * 100.0).floor())))
}

/// How full the ring is.
fn gauge(world: &World, is_wide: bool) -> Vec<Piece> {
    #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
    let share = (world.snapshot.bytes as f64 / world.snapshot.budget.max(1) as f64).min(1.0);
    let cells = if is_wide { GAUGE.0 } else { GAUGE.1 };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few cells"
    )]
    let full = (share * cells as f64).round() as usize;
    let (on, off) = if world.settings.ascii { ("#", "-") } else { ("▰", "▱") };
    vec![
        Piece::new(Role::StatusBar, if is_wide { "ring " } else { "" }),
        Piece::new(Role::Accent, on.repeat(full)),
        Piece::new(Role::Faint, off.repeat(cells - full)),
        Piece::new(Role::StatusBar, format!(" {}", text::percent(share))),
    ]
}

fn sources(world: &World, is_wide: bool) -> Vec<Piece> {
    let sources = &world.accounting.sources;
    let is_ill = |state: &SourceState| matches!(state, SourceState::Failed(_) | SourceState::Retrying { .. });
    let ill: Vec<_> = sources.iter().filter(|source| is_ill(&source.state)).collect();
    let well = sources.len() - ill.len();
    let (up, down) = if world.settings.ascii { ("+", "x") } else { ("✓", "✗") };
    let label = if is_wide { "   sources " } else { "  src " };
    let mut out = vec![Piece::new(Role::StatusBar, label), Piece::new(Role::Ok, format!("{well}{up}"))];
    if let Some(first) = ill.first() {
        out.push(Piece::new(Role::Error, format!(" {}{down}", ill.len())));
        let (word, why) = text::state(&first.state);
        let why = text::truncate(&safe(&format!("{}: {word} {why}", first.label)), 48);
        if is_wide {
            out.push(Piece::new(Role::Error, format!(" {why}")));
        }
    }
    out
}
