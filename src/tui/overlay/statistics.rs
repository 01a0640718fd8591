//! Statistics of all lines: what became of them, how fast they come, and by level, service and source.
//!
//! Levels, services and times are summed over the segments' summaries, once a second at most; no line is looked at.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use crate::model::{Level, Nanos};
use crate::store::{Counts, NameId, Snapshot};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::list::List;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// How often the figures are summed up anew.
const EVERY: Nanos = 1_000_000_000;
/// Services and sources that are listed.
const MOST_NAMES: usize = 20;
/// Cells of what stands in front of a single figure.
const LABEL: usize = 14;
/// Cells of a name, and of the longest bar.
const NAME: usize = 18;
const BAR: usize = 24;
/// Cells of the box at most.
const WIDTH: u16 = 84;

/// The figures, as they were when they were last summed up.
#[derive(Clone, Debug)]
pub struct Statistics {
    lines: Vec<Vec<Piece>>,
    at: Nanos,
    list: List,
}

/// What the segments' summaries say together.
#[derive(Debug, Default)]
struct Sums {
    levels: [u64; Level::COUNT],
    services: HashMap<NameId, u64>,
    /// Lines of segments with too many services to tell them apart.
    untold: u64,
}

impl Statistics {
    /// The figures of `world`, of which `per_second` lines come in.
    pub fn new(world: &World, per_second: f64) -> Self {
        Self { lines: lines(world, per_second), at: world.now, list: List::default() }
    }

    /// Sums up anew when that was a second ago.
    pub fn refresh(&mut self, world: &World, per_second: f64) {
        if world.now.saturating_sub(self.at) >= EVERY {
            (self.lines, self.at) = (lines(world, per_second), world.now);
        }
    }

    /// Scrolls by an action that moves; answers whether it was one.
    pub fn navigate(&mut self, action: Action) -> bool {
        self.list.navigate(action, self.lines.len(), 10)
    }

    /// Keeps within what there is on a screen of this size.
    pub fn project(&mut self, screen: Rect) {
        let page = usize::from(self.area(screen).height.saturating_sub(2));
        self.list.select(self.list.selected().min(self.lines.len().saturating_sub(page)));
    }

    /// Draws it as a box in the middle of `screen`.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let area = self.area(screen);
        Clear.render(area, buf);
        buf.set_style(area, paint.theme.style(Role::Text));
        let title = [Piece::new(Role::Title, "Statistics")];
        let bottom = [Piece::new(Role::Muted, "Esc closes")];
        let inner = Frame { title: &title, right: "", bottom: &bottom }.render(area, buf, paint);
        let shown = self.lines.iter().skip(self.list.selected());
        for (line, y) in shown.zip(inner.y..inner.bottom()) {
            piece::draw(line, buf, inner.x + 1, y, inner.width.saturating_sub(2), Style::new(), paint.theme);
        }
    }

    fn area(&self, screen: Rect) -> Rect {
        let height = u16::try_from(self.lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        super::centred(screen, WIDTH, height)
    }
}

impl Sums {
    /// O(segments).
    fn of(snapshot: &Snapshot) -> Self {
        let mut out = Self::default();
        for segment in snapshot.segments() {
            for (sum, count) in out.levels.iter_mut().zip(segment.levels()) {
                *sum += u64::from(*count);
            }
            match segment.per_service() {
                Some(services) => {
                    for (service, count) in services {
                        *out.services.entry(*service).or_default() += u64::from(*count);
                    }
                }
                None => out.untold += segment.levels().iter().map(|count| u64::from(*count)).sum::<u64>(),
            }
        }
        out
    }
}

fn lines(world: &World, per_second: f64) -> Vec<Vec<Piece>> {
    let sums = Sums::of(&world.snapshot);
    let mut out = totals(&world.accounting.logs);
    out.extend(facts(world, per_second));
    let levels = Level::ALL.into_iter().rev();
    let levels = levels.map(|level| (level.name().to_owned(), sums.levels[level.index()], Look::Level(level)));
    section("held lines by level", levels.collect(), &mut out);
    let mut services: Vec<_> = sums.services.iter().map(|(id, count)| service(*id, *count, world)).collect();
    if sums.untold > 0 {
        services.push(("(of too many services)".to_owned(), sums.untold, Look::Role(Role::Muted)));
    }
    section("held lines by service", ranked(services), &mut out);
    let sources = world.accounting.sources.iter();
    let sources = sources.map(|source| (source.label.clone(), source.logs.received, Look::Role(Role::Text)));
    section("received lines by source", ranked(sources.collect()), &mut out);
    out
}

fn service(id: NameId, count: u64, world: &World) -> (String, u64, Look) {
    match world.snapshot.services.get(id) {
        "" => ("(none)".to_owned(), count, Look::Role(Role::Muted)),
        name => (name.to_owned(), count, Look::Service(name.into())),
    }
}

/// The most frequent first, and no more than are listed.
fn ranked(mut rows: Vec<(String, u64, Look)>) -> Vec<(String, u64, Look)> {
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows.truncate(MOST_NAMES);
    rows
}

/// What became of the lines.
fn totals(logs: &Counts) -> Vec<Vec<Piece>> {
    let rows = [
        ("received", logs.received, false),
        ("stored", logs.stored, false),
        ("held", logs.held(), false),
        ("evicted", logs.evicted, false),
        ("rate limited", logs.rate_limited, true),
        ("dropped", logs.dropped, true),
        ("rejected", logs.rejected, true),
        ("pending", logs.pending, false),
    ];
    let row = |(what, count, is_loss): (&str, u64, bool)| {
        let role = if is_loss && count > 0 { Role::Error } else { Role::Text };
        vec![Piece::new(Role::Muted, text::fit(what, LABEL)), Piece::new(role, text::count(count))]
    };
    rows.into_iter().map(row).collect()
}

/// Rate, memory, traces and times.
#[expect(clippy::cast_precision_loss, reason = "a share and a rate for people")]
fn facts(world: &World, per_second: f64) -> Vec<Vec<Piece>> {
    let snapshot = &world.snapshot;
    let share = snapshot.bytes as f64 / snapshot.budget.max(1) as f64;
    let (bytes, budget) = (text::bytes(snapshot.bytes), text::bytes(snapshot.budget));
    let (spans, evicted) = world.traces.span_counts();
    let traces = text::counted(world.traces.len() as u64, "trace");
    let mut rows = vec![
        ("in memory", format!("{bytes} of {budget}, {}", text::percent(share))),
        ("traces", format!("{traces}, {}, {} evicted", text::counted(spans, "span"), text::count(evicted))),
        ("lines now", text::rate(per_second)),
    ];
    if let Some((from, to)) = snapshot.time_range() {
        let length = to.saturating_sub(from);
        let mean = world.accounting.logs.held() as f64 * 1e9 / length.max(EVERY) as f64;
        let moment = |at| text::moment(at, &world.settings, true);
        rows.push(("on average", text::rate(mean)));
        rows.push(("from", moment(from)));
        rows.push(("to", format!("{}, {} later", moment(to), text::age(length))));
    }
    let row = |(what, value): (&str, String)| {
        vec![Piece::new(Role::Muted, text::fit(what, LABEL)), Piece::new(Role::Text, value)]
    };
    std::iter::once(Vec::new()).chain(rows.into_iter().map(row)).collect()
}

/// A heading, and a bar for each name that has lines; as long as its share of all.
fn section(title: &str, rows: Vec<(String, u64, Look)>, out: &mut Vec<Vec<Piece>>) {
    let all: u64 = rows.iter().map(|(_, count, _)| count).sum();
    out.extend([Vec::new(), vec![Piece::new(Role::Title, title)]]);
    for (name, count, look) in rows.into_iter().filter(|(_, count, _)| *count > 0) {
        #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
        let share = count as f64 / all.max(1) as f64;
        let cells = usize::try_from(u128::from(count) * BAR as u128 / u128::from(all.max(1))).unwrap_or(BAR);
        out.push(vec![
            Piece { text: text::fit(&safe(&name), NAME), look: look.clone() },
            Piece::new(Role::Text, format!(" {:>11}", text::count(count))),
            Piece::new(Role::Muted, format!(" {:>6}  ", text::percent(share))),
            Piece { text: "▇".repeat(cells.max(1)), look },
        ]);
    }
}
