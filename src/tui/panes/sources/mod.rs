//! The sources pane: how every source is, and what became of every record it sent.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use crate::model::SourceState;
use crate::store::{Counts, Pressure, SourceAccount};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
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
    rows: Vec<Row>,
    total: Vec<Piece>,
    detail: Vec<Vec<Piece>>,
    height: usize,
}

#[derive(Clone, Debug)]
struct Row {
    pieces: Vec<Piece>,
    is_selected: bool,
}

/// One column of figures: its title and what it shows. Ten cells each.
type Column = (&'static str, fn(&Counts) -> u64);

const COLUMNS: &[Column] = &[
    ("received", |counts| counts.received),
    ("stored", |counts| counts.stored),
    ("limited", |counts| counts.rate_limited),
    ("dropped", |counts| counts.dropped),
    ("rejected", |counts| counts.rejected),
    ("pending", |counts| counts.pending),
    ("held", Counts::held),
    ("evicted", |counts| counts.evicted),
];

const LABEL: usize = 24;
const STATE: usize = 11;

impl Pane for SourcesPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Sources
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        let len = cx.world.accounting.sources.len();
        if self.list.navigate(action, len, self.height) { Reply::Done } else { Reply::Ignored }
    }

    fn project(&mut self, world: &World, size: Size, _is_focused: bool) {
        let sources = &world.accounting.sources;
        self.height = usize::from(size.height.saturating_sub(8)).max(1);
        self.list.clamp(sources.len(), self.height);
        let visible = sources.iter().enumerate().skip(self.list.offset()).take(self.height);
        self.rows = visible
            .map(|(at, source)| Row { pieces: row(source), is_selected: at == self.list.selected() })
            .collect();
        self.total = figures("total", String::new(), Role::Text, &world.accounting.logs);
        self.detail = sources.get(self.list.selected()).map(|source| detail(source, world)).unwrap_or_default();
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let title = [Piece::new(Role::Title, "Sources"), Piece::new(Role::Muted, " log lines")];
        let inner = Frame { title: &title, right: "", bottom: &[] }.render(area, buf, paint);
        if self.rows.is_empty() {
            return frame::message(&["No source. Start with: spantail FILE, or spantail demo".to_owned()], inner, buf, paint);
        }
        let header = COLUMNS.iter().fold(format!("{:LABEL$} {:STATE$}", "source", "state"), |line, (title, _)| {
            format!("{line} {title:>10}")
        });
        let width = inner.width.saturating_sub(1);
        let mut lines: Vec<(Vec<Piece>, bool)> = vec![(vec![Piece::new(Role::Muted, header)], false)];
        lines.extend(self.rows.iter().map(|row| (row.pieces.clone(), row.is_selected)));
        lines.push((self.total.clone(), false));
        lines.push((Vec::new(), false));
        lines.extend(self.detail.iter().map(|line| (line.clone(), false)));
        for ((pieces, is_selected), y) in lines.iter().zip(inner.y..inner.bottom()) {
            let role = if paint.is_focused { Role::Selected } else { Role::SelectedUnfocused };
            let base = if *is_selected { paint.theme.style(role) } else { Style::new() };
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(pieces, buf, inner.x + 1, y, width, base, paint.theme);
        }
    }
}

fn row(source: &SourceAccount) -> Vec<Piece> {
    let (word, _) = text::state(&source.state);
    let role = match (&source.state, source.pressure) {
        (SourceState::Failed(_), _) | (_, Pressure::Dropping) => Role::Error,
        (SourceState::Retrying { .. }, _) | (_, Pressure::Throttling) => Role::Warning,
        (SourceState::Live(_), _) => Role::Ok,
        _ => Role::Muted,
    };
    figures(&source.label, word.to_owned(), role, &source.logs)
}

fn figures(label: &str, state: String, role: Role, counts: &Counts) -> Vec<Piece> {
    let mut pieces = vec![
        Piece::new(Role::Text, text::fit(&safe(label), LABEL)),
        Piece::new(role, format!(" {}", text::fit(&state, STATE))),
    ];
    pieces.extend(COLUMNS.iter().map(|(title, figure)| {
        let number = figure(counts);
        let is_loss = matches!(*title, "limited" | "dropped" | "rejected") && number > 0;
        let role = if is_loss { Role::Error } else if number == 0 { Role::Faint } else { Role::Text };
        Piece::new(role, format!(" {:>10}", text::count(number)))
    }));
    pieces
}

/// What there is to say of the selected source beside its row.
fn detail(source: &SourceAccount, world: &World) -> Vec<Vec<Piece>> {
    let (word, why) = text::state(&source.state);
    let since = text::age(world.now - source.since);
    let mut out = vec![vec![
        Piece::new(Role::Title, safe(&source.label).into_owned()),
        Piece::new(Role::Text, format!("  {word} for {since}  ")),
        Piece::new(Role::Muted, safe(&why).into_owned()),
    ]];
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
    let queue = format!("queue: {} of {} records", text::count(source.logs.pending + spans.pending), text::count(source.buffer_size));
    out.push(vec![Piece::new(Role::Muted, queue)]);
    out
}
