//! The services pane: who calls whom, how often, how fast, and how much of it fails, in the last five minutes of spans and as
//! other systems tell it.
//!
//! The graph is as large as it is and moves under the pane with the selection, which is a service or one of its calls, by
//! name: it stays while figures change. What is laid out ([`drawing`]) is laid out anew only when services or calls come or
//! go. Without the keys nobody can move it: then it is shown where it fits, else a [`table`]. Of a graph that can not be read at
//! once, what is [`around`] one service can be shown alone, and a service be [searched](search) by its name.

mod around;
mod choosing;
mod detail;
mod drawing;
mod moving;
mod reaching;
mod search;
mod status;
mod table;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::widgets::Widget;

use self::around::{Around, Part};
use self::choosing::Chosen;
use self::drawing::{Drawing, Hidden};
use self::moving::Direction;
use self::reaching::Before;
use self::search::Search;
use crate::analysis::service_graph::ServiceGraph;
use crate::query::field_text;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::event::Slot;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Pane, Queries, Reply, Request, TraceOrder};
use crate::tui::piece::{self, Piece};
use crate::tui::widget::graph::{Emphasis, GraphStyles, GraphView, Selection};
use crate::tui::world::World;

/// From this height on a rule stands between the graph and what is said of the selection.
const HEIGHT_WITH_RULE: u16 = 10;

/// The services pane.
#[derive(Clone, Debug, Default)]
pub struct ServicesPane {
    /// All that is known.
    all: Arc<ServiceGraph>,
    /// What is shown of it: all, or what is around a service.
    graph: Arc<ServiceGraph>,
    around: Option<Around>,
    part: Option<Part>,
    drawing: Drawing,
    /// The drawing of all, while a part is shown.
    whole: Drawing,
    chosen: Chosen,
    search: Option<Search>,
    /// What comes back when one gives up what one types.
    before: Option<Before>,
    /// What stands on the frame's top.
    title: Vec<Piece>,
    emphasis: Emphasis,
    /// What is shown in place of a graph that is too large; empty where the graph is shown.
    table: Vec<Vec<Piece>>,
    /// What is said of the selection.
    detail: Vec<Vec<Piece>>,
    /// How many rows of the inner area are for that, the rule included.
    detail_rows: u16,
    /// What stands on the frame's bottom: who tells, and where there is more to see.
    bottom: Vec<Piece>,
    /// What is shown where there is nothing to draw.
    empty: Vec<String>,
    /// Whether the world has changed since the graph was made.
    is_stale: bool,
}

impl ServicesPane {
    /// Makes the graph anew where the world has changed, and lays it out where that is necessary.
    fn take_in(&mut self, world: &World) {
        let has_come = self.all.nodes.is_empty() && !world.services.is_empty();
        if !self.is_stale && !has_come {
            return;
        }
        self.is_stale = false;
        let told: Vec<_> =
            world.inquiry.calls.systems().iter().map(|it| (it.backend.as_str(), it.calls.as_slice())).collect();
        self.all = Arc::new(ServiceGraph::merged(&world.services, &world.edges, &told));
        if let Some(search) = &mut self.search {
            search.renew(&self.all);
        }
        self.show();
    }

    /// What is selected, as far as it is shown.
    fn selection(&self) -> Selection {
        self.chosen.within(&self.graph)
    }

    /// The traces of the selected service, the slowest first; of the selected call, those with errors first where it fails.
    fn traces(&self, world: &World) -> Reply {
        let name = |node: usize| &*self.graph.nodes[node].name;
        match self.selection() {
            Selection::None => Reply::tell(format!(
                "no service is selected; {} selects one",
                world.key(Context::Services, Action::SelectNext)
            )),
            Selection::Service(node) => {
                let filter = field_text("service", name(node));
                Reply::Ask(Request::ShowTraces { filter, order: TraceOrder::Slowest })
            }
            Selection::Edge(at) => {
                let edge = &self.graph.edges[at];
                if edge.is_only_told() {
                    let key = world.key(Context::Services, Action::FindTraces);
                    return Reply::tell(format!(
                        "no span of these calls is in memory; {key} asks the backends for traces"
                    ));
                }
                let caller = field_text("caller", name(edge.from));
                let filter = format!("{caller} {}", field_text("service", name(edge.to)));
                let order = if edge.errors > 0 { TraceOrder::MostErrors } else { TraceOrder::Slowest };
                Reply::Ask(Request::ShowTraces { filter, order })
            }
        }
    }

    /// The logs of the selected service, or of the called one.
    fn logs(&self, world: &World) -> Reply {
        match self.named(world) {
            Ok(name) => Reply::Ask(Request::ShowLogs { filter: field_text("service", name) }),
            Err(reply) => reply,
        }
    }

    /// The name of the selected service, or of the called one.
    fn named(&self, world: &World) -> Result<&str, Reply> {
        let node = match self.selection() {
            Selection::None => {
                let key = world.key(Context::Services, Action::SelectNext);
                return Err(Reply::tell(format!("no service is selected; {key} selects one")));
            }
            Selection::Service(node) => node,
            Selection::Edge(at) => self.graph.edges[at].to,
        };
        Ok(&self.graph.nodes[node].name)
    }

    /// The name of the selected service on the clipboard; of the called one where a call is selected.
    fn copy(&self, world: &World) -> Reply {
        match self.named(world) {
            Ok(name) => Reply::Ask(Request::Copy(name.to_owned())),
            Err(reply) => reply,
        }
    }

    /// How many rows of the inner area are for what is said of the selection, the rule included. Where nobody can move the
    /// graph, one has to do if all of the graph is seen then.
    fn detail_rows(&self, inner: Size, is_focused: bool) -> u16 {
        let usual = match inner.height {
            0..4 => 0,
            4..6 => 1,
            6..HEIGHT_WITH_RULE => 2,
            _ => 3,
        };
        let fits = |rows: u16| self.drawing.fits(Size::new(inner.width, inner.height.saturating_sub(rows)));
        if !is_focused && usual > 1 && !fits(usual) && fits(1) { 1 } else { usual }
    }
}

impl Pane for ServicesPane {
    fn boxed(&self) -> Box<dyn Pane> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Services
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        self.take_in(cx.world);
        self.before = None;
        match action {
            Action::SelectNext => self.step(Direction::Down),
            Action::SelectPrevious => self.step(Direction::Up),
            Action::ScrollLeft => self.step(Direction::Left),
            Action::ScrollRight => self.step(Direction::Right),
            Action::SelectFirst => self.step(Direction::First),
            Action::SelectLast => self.step(Direction::Last),
            Action::PageDown | Action::HalfPageDown => self.step(Direction::FarDown),
            Action::PageUp | Action::HalfPageUp => self.step(Direction::FarUp),
            Action::NextEdge => self.step_edge(1),
            Action::PreviousEdge => self.step_edge(-1),
            Action::NextError => self.step_failing(1),
            Action::PreviousError => self.step_failing(-1),
            Action::SearchNext => self.step_match(1, cx.world),
            Action::SearchPrevious => self.step_match(-1, cx.world),
            Action::ShowAround => self.toggle_around(cx.world),
            Action::CycleDistance => self.go_farther(cx.world),
            Action::Copy => self.copy(cx.world),
            Action::Back => self.step_out(),
            Action::DrillDown if cx.world.accounting.sources.is_empty() => Reply::Ignored,
            Action::DrillDown | Action::OpenTrace => self.traces(cx.world),
            Action::ShowLogs | Action::ServiceLogs => self.logs(cx.world),
            Action::FetchTrace => Reply::Ask(Request::AskCalls),
            _ => Reply::Ignored,
        }
    }

    fn changed(&mut self, _cx: &mut Cx<'_>) {
        self.is_stale = true;
    }

    fn takes(&self, slot: Slot) -> bool {
        slot == Slot::Search
    }

    fn is_plain(&self) -> bool {
        true
    }

    fn queries(&self) -> Option<Queries> {
        let search = self.search.as_ref()?;
        let matches = search.found().len() as u64;
        Some(Queries { search: search.text().to_owned(), matches, ..Queries::default() })
    }

    fn set_query(&mut self, slot: Slot, text: &str, cx: &mut Cx<'_>) {
        self.take_in(cx.world);
        if slot == Slot::Search {
            self.search_for(text);
        }
    }

    fn project(&mut self, world: &World, size: Size, is_focused: bool) {
        self.take_in(world);
        let inner = Size::new(size.width.saturating_sub(4), size.height.saturating_sub(2));
        self.detail_rows = self.detail_rows(inner, is_focused);
        let room = Size::new(inner.width, inner.height.saturating_sub(self.detail_rows));
        self.drawing.project(room, &self.graph, self.selection());
        let chosen = if is_focused { self.chosen.within(&self.all) } else { Selection::None };
        // What fails by itself, and which way errors took, is known of the whole alone.
        let whole = Emphasis::of(&self.all, chosen);
        let is_table = !is_focused && !self.drawing.is_whole();
        self.table = if is_table { table::lines(&self.graph, room.into()) } else { Vec::new() };
        let view = detail::View { graph: &self.all, emphasis: &whole, world, width: inner.width };
        self.detail = view.lines(chosen, is_focused);
        self.emphasis = match &self.part {
            Some(part) => part.emphasis(&whole),
            None => whole,
        };
        let hidden = if is_table { Hidden::default() } else { self.drawing.hidden(room) };
        self.title = status::title(world, self.around.as_ref());
        let selected = self.chosen.service.as_ref().and_then(|name| self.all.find(name));
        let search = self.search.as_ref().filter(|_| is_focused).map(|search| search.told(selected));
        let reach = if is_focused { self.reach_keys(world) } else { String::new() };
        self.bottom = status::bottom(world, hidden, search.unwrap_or_default(), reach, inner.width);
        self.empty = status::empty(world);
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let right = status::right(&self.graph, &self.all);
        let inner = Frame { title: &self.title, right: &right, bottom: &self.bottom }.render(area, buf, paint);
        if self.graph.nodes.is_empty() {
            return frame::message(&self.empty, inner, buf, paint);
        }
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }.intersection(area);
        let detail = self.detail_rows.min(inner.height);
        let room = Rect { height: inner.height - detail, ..inner };
        if !self.table.is_empty() {
            draw_lines(&self.table, room, buf, paint);
        } else if let Some(sheet) = self.drawing.sheet() {
            let view = GraphView {
                graph: &self.graph,
                sheet,
                shape: self.drawing.shape(),
                emphasis: &self.emphasis,
                offset: self.drawing.offset(),
                styles: &styles(paint),
                is_ascii: paint.ascii,
            };
            (&view).render(room, buf);
        }
        self.render_detail(Rect { y: room.bottom(), height: detail, ..inner }, buf, paint);
    }
}

impl ServicesPane {
    fn render_detail(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let mut y = area.y;
        if area.height > 2 {
            let rule = if paint.ascii { "-" } else { "─" };
            let style = paint.theme.style(Role::Faint);
            buf.set_stringn(area.x, y, rule.repeat(usize::from(area.width)), usize::from(area.width), style);
            y += 1;
        }
        draw_lines(&self.detail, Rect { y, height: area.bottom().saturating_sub(y), ..area }, buf, paint);
    }
}

fn draw_lines(lines: &[Vec<Piece>], area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        piece::draw(line, buf, area.x, y, area.width, Style::new(), paint.theme);
    }
}

fn styles(paint: &Paint<'_>) -> GraphStyles {
    let theme = paint.theme;
    GraphStyles {
        line: theme.style(Role::Border),
        near: theme.style(Role::Accent),
        faint: theme.style(Role::Faint),
        name: theme.style(Role::Accent),
        text: theme.style(Role::Text),
        error: theme.style(Role::Error),
        selected: theme.style(Role::Selected),
    }
}
