//! The sources pane: how every source is, and what became of every record it sent.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use crate::model::SourceState;
use crate::parse::format_name;
use crate::store::{Counts, Pressure, SourceAccount};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::list::List;
use crate::tui::pane::{Cx, Paint, Pane, Reply};
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// The sources pane.
#[derive(Clone, Debug, Default)]
pub struct SourcesPane {
    list: List,
    header: String,
    /// The keys that do something with a source.
    keys: String,
    rows: Vec<Row>,
    /// What stands below the rows: the sum, the selected source in detail, the figures of a recording.
    below: Vec<Vec<Piece>>,
    height: usize,
}

#[derive(Clone, Debug)]
struct Row {
    pieces: Vec<Piece>,
    is_selected: bool,
}

/// One column of figures: its title, the same in short, and what it shows.
type Column = (&'static str, &'static str, fn(&Counts) -> u64);

const COLUMNS: &[Column] = &[
    ("received", "recv", |counts| counts.received),
    ("stored", "stored", |counts| counts.stored),
    ("limited", "limit", |counts| counts.rate_limited),
    ("dropped", "drop", |counts| counts.dropped),
    ("rejected", "reject", |counts| counts.rejected),
    ("pending", "pend", |counts| counts.pending),
    ("held", "held", Counts::held),
    ("evicted", "evict", |counts| counts.evicted),
];
/// The columns that count what was lost.
const LOSSES: [&str; 3] = ["limited", "dropped", "rejected"];

/// From this width on figures are written out.
const WIDE: u16 = 130;

/// How wide the columns are.
#[derive(Clone, Copy, Debug)]
struct Widths {
    label: usize,
    state: usize,
    figure: usize,
    is_wide: bool,
}

impl Widths {
    fn new(width: u16) -> Self {
        if width >= WIDE {
            Self { label: 28, state: 11, figure: 10, is_wide: true }
        } else {
            let (state, figure) = (10, 6);
            let figures = COLUMNS.len() * (figure + 1);
            // The border takes two cells, the margin and the blank before the state one each.
            let label = usize::from(width).saturating_sub(4 + state + figures).clamp(10, 28);
            Self { label, state, figure, is_wide: false }
        }
    }

    fn number(self, number: u64) -> String {
        let number = if self.is_wide { text::count(number) } else { text::short_count(number) };
        format!(" {number:>width$}", width = self.figure)
    }

    fn header(self) -> String {
        let Self { label, state, figure, .. } = self;
        let titles = COLUMNS.iter().map(|(wide, narrow, _)| if self.is_wide { wide } else { narrow });
        titles.fold(format!("{:label$} {:state$}", "source", "state"), |line, title| format!("{line} {title:>figure$}"))
    }
}

impl Pane for SourcesPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Sources
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let sources = &cx.world.accounting.sources;
        if self.list.navigate(action, sources.len(), self.height) {
            return Reply::Done;
        }
        let Some(source) = sources.get(self.list.selected()) else { return Reply::Ignored };
        match control(action, source) {
            Some((effect, told)) => {
                cx.effects.push(effect);
                Reply::tell(told)
            }
            None => Reply::Ignored,
        }
    }

    fn project(&mut self, world: &World, size: Size, _is_focused: bool) {
        let sources = &world.accounting.sources;
        self.height = usize::from(size.height.saturating_sub(8)).max(1);
        self.list.clamp(sources.len(), self.height);
        let widths = Widths::new(size.width);
        let keys = [
            (Action::AddSource, "add"),
            (Action::ToggleSource, "on/off"),
            (Action::RestartSource, "try again"),
            (Action::RemoveSource, "remove"),
        ];
        self.keys = keys.map(|(action, what)| format!("{} {what}", world.key(Context::Sources, action))).join("  ");
        self.header = match sources.len() {
            0 => format!("No source. {} adds one: a file, a URI", world.key(Context::Sources, Action::AddSource)),
            _ => widths.header(),
        };
        let visible = sources.iter().enumerate().skip(self.list.offset()).take(self.height);
        self.rows = visible
            .map(|(at, source)| Row { pieces: row(source, widths), is_selected: at == self.list.selected() })
            .collect();
        self.below = vec![figures("total", "", Role::Text, &world.accounting.logs, widths), Vec::new()];
        let room = usize::from(size.width.saturating_sub(4));
        self.below
            .extend(sources.get(self.list.selected()).map(|source| detail(source, world, room)).unwrap_or_default());
        self.below.extend(recorded(world, widths));
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Sources"), Piece::new(Role::Muted, " log lines")];
        let inner = Frame { title: &title, right: "", bottom: &[Piece::new(Role::Muted, self.keys.clone())] }
            .render(area, buf, paint);
        if self.rows.is_empty() {
            return frame::message(std::slice::from_ref(&self.header), inner, buf, paint);
        }
        let width = inner.width.saturating_sub(1);
        let mut lines: Vec<(Vec<Piece>, bool)> = vec![(vec![Piece::new(Role::Muted, self.header.clone())], false)];
        lines.extend(self.rows.iter().map(|row| (row.pieces.clone(), row.is_selected)));
        lines.extend(self.below.iter().map(|line| (line.clone(), false)));
        for ((pieces, is_selected), y) in lines.iter().zip(inner.y..inner.bottom()) {
            let role = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
            let base = if *is_selected { paint.theme.style(role) } else { Style::new() };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(pieces, buf, inner.x + 1, y, width, base, paint.theme);
        }
    }
}

/// What an action does to a source, and what is told of it.
fn control(action: Action, source: &SourceAccount) -> Option<(Effect, String)> {
    let (key, label) = (source.key, safe(&source.label));
    let runs = !matches!(source.state, SourceState::Off | SourceState::Ended(_) | SourceState::Failed(_));
    Some(match action {
        Action::ToggleSource if runs => (Effect::StopSource(key), format!("{label} is switched off")),
        Action::ToggleSource => (Effect::RunSource(key), format!("{label} is switched on")),
        Action::RestartSource => (Effect::RunSource(key), format!("{label} is tried again")),
        Action::RemoveSource => (Effect::RemoveSource(key), format!("{label} is gone from the list; its lines stay")),
        _ => return None,
    })
}

fn row(source: &SourceAccount, widths: Widths) -> Vec<Piece> {
    let (word, _) = text::state(&source.state);
    figures(&source.label, word, state_role(source), &source.logs, widths)
}

fn state_role(source: &SourceAccount) -> Role {
    match (&source.state, source.pressure) {
        (SourceState::Failed(_), _) | (_, Pressure::Dropping) => Role::Error,
        (SourceState::Retrying { .. }, _) | (_, Pressure::Throttling) => Role::Warning,
        (SourceState::Live(_), _) => Role::Ok,
        _ => Role::Muted,
    }
}

fn figures(label: &str, state: &str, role: Role, counts: &Counts, widths: Widths) -> Vec<Piece> {
    let mut pieces = vec![
        Piece::new(Role::Text, text::fit(&safe(label), widths.label)),
        Piece::new(role, format!(" {}", text::fit(state, widths.state))),
    ];
    pieces.extend(COLUMNS.iter().map(|(title, _, figure)| {
        let number = figure(counts);
        let role = match number {
            0 => Role::Faint,
            _ if LOSSES.contains(title) => Role::Error,
            _ => Role::Text,
        };
        Piece::new(role, widths.number(number))
    }));
    pieces
}

/// What became of everything when a reopened session was recorded.
fn recorded(world: &World, widths: Widths) -> Vec<Vec<Piece>> {
    let recorded = &world.settings.recorded;
    if recorded.is_empty() {
        return Vec::new();
    }
    let mut out = vec![Vec::new(), vec![Piece::new(Role::Title, "when it was recorded")]];
    for source in recorded {
        out.push(figures(&source.label, "lines", Role::Muted, &source.logs, widths));
        if source.spans.received > 0 {
            out.push(figures(&source.label, "spans", Role::Muted, &source.spans, widths));
        }
    }
    out
}

/// The formats of its lines, the most frequent first.
fn formats(source: &SourceAccount) -> String {
    let named =
        source.formats.iter().map(|(format, lines)| format!("{} {}", format_name(*format), text::count(*lines)));
    named.collect::<Vec<_>>().join(" · ")
}

/// What there is to say of the selected source beside its row.
fn detail(source: &SourceAccount, world: &World, room: usize) -> Vec<Vec<Piece>> {
    let (word, why) = text::state(&source.state);
    let since = text::age(world.now - source.since);
    let mut out = vec![vec![
        Piece::new(Role::Title, safe(&source.label).into_owned()),
        Piece::new(Role::Text, format!("  {word} for {since}")),
    ]];
    let role = state_role(source);
    out.extend(text::wrap(&safe(&why), room).into_iter().map(|line| vec![Piece::new(role, line)]));
    if !source.argument.is_empty() && source.argument != source.label {
        out.push(vec![Piece::new(
            Role::Muted,
            text::truncate(&format!("asked for as: {}", safe(&source.argument)), room),
        )]);
    }
    let spans = &source.spans;
    if spans.received > 0 {
        let line = format!(
            "spans: received {}  stored {}  limited {}  dropped {}  rejected {}  pending {}",
            text::count(spans.received),
            text::count(spans.stored),
            text::count(spans.rate_limited),
            text::count(spans.dropped),
            text::count(spans.rejected),
            text::count(spans.pending),
        );
        out.push(vec![Piece::new(Role::Muted, line)]);
    }
    if !source.formats.is_empty() {
        out.push(vec![Piece::new(Role::Muted, format!("read as: {}", formats(source)))]);
    }
    let queue = format!(
        "queue: {} of {} records",
        text::count(source.logs.pending + spans.pending),
        text::count(source.buffer_size)
    );
    out.push(vec![Piece::new(Role::Muted, queue)]);
    out
}
