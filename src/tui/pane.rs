//! What a pane is: state, a key context and a drawing, in three phases that never mix.
//!
//! `update` decides, `project` copies what is visible, `render` draws it. A pane never sees another: what concerns
//! others it asks for with a [`Request`]. To add one: its folder in `panes/` and one line in the registry there.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::action::Action;
use super::effect::Effect;
use super::event::Found;
use super::keymap::Context;
use super::world::World;
use crate::config::ColumnKind;
use crate::model::{Nanos, SpanId, TraceId};
use crate::store::LineId;
use crate::theme::Theme;

/// Which pane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PaneId {
    /// The log tail.
    Logs,
    /// Trace list, waterfall and span.
    Traces,
    /// Service graph.
    Services,
    /// Sources and their accounts.
    Sources,
}

/// What became of an action.
#[derive(Debug)]
pub enum Reply {
    /// It means nothing here; the application may know it.
    Ignored,
    /// It was done.
    Done,
    /// It was done and led deeper: going back returns to what was before.
    Deeper,
    /// Something that concerns others.
    Ask(Request),
}

impl Reply {
    /// A piece of information for the user.
    pub fn tell(text: impl Into<String>) -> Self {
        Self::Ask(Request::Tell(Notice::info(text)))
    }
}

/// What a pane asks of the application.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// Show a trace, with this span selected.
    OpenTrace {
        /// The trace.
        trace: TraceId,
        /// The span, where one is known.
        span: Option<SpanId>,
        /// When it is likely to have happened.
        near: Option<Nanos>,
    },
    /// Ask all backends for a trace, also those that have answered before.
    FetchTrace {
        /// The trace.
        trace: TraceId,
        /// When it is likely to have happened.
        near: Option<Nanos>,
    },
    /// Show a trace in a browser.
    OpenLink(TraceId),
    /// Ask all backends anew who called whom.
    AskCalls,
    /// Find more traces of the search in force.
    MoreTraces,
    /// End the search for traces.
    EndSearch,
    /// List the traces that this filter matches.
    ShowTraces {
        /// In the filter language.
        filter: String,
        /// Which of them first.
        order: TraceOrder,
    },
    /// Show the logs that this filter matches.
    ShowLogs {
        /// In the filter language.
        filter: String,
    },
    /// Say something to the user.
    Tell(Notice),
    /// Put a text on the clipboard.
    Copy(String),
    /// Choose one of the marked lines.
    ChooseMark,
    /// Choose, order and size the columns of the log pane; these could be shown.
    ChooseColumns(Vec<Candidate>),
    /// Show a column of the log pane, or take it away.
    ToggleColumn(ColumnKind),
    /// Give the names in waterfalls this part of the width, in percent; without one, what they want.
    ShareWidth(Option<u16>),
    /// Go back one step, as the key for it does.
    GoBack,
}

/// Which traces stand first in their list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TraceOrder {
    /// The latest.
    #[default]
    Latest,
    /// The slowest.
    Slowest,
    /// Those with the most failed spans.
    MostErrors,
}

/// A column that could be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// What it shows.
    pub kind: ColumnKind,
    /// The cells that it takes by itself.
    pub width: u16,
    /// What it shows of one line; not made safe.
    pub sample: String,
}

/// A short message to the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// What there is to say.
    pub text: String,
    /// Whether it is bad news.
    pub is_error: bool,
    /// The address that the end of the text is, for terminals that let one click on it.
    pub link: Option<String>,
}

impl Notice {
    /// A piece of information.
    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false, link: None }
    }

    /// A piece of information that ends with an address.
    pub fn link(text: impl Into<String>, link: String) -> Self {
        Self { text: text.into(), is_error: false, link: Some(link) }
    }

    /// Bad news.
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true, link: None }
    }
}

/// What a pane may use while it decides.
#[derive(Debug)]
pub struct Cx<'a> {
    /// What there is to see.
    pub world: &'a World,
    /// What is to be done.
    pub effects: &'a mut Vec<Effect>,
    /// The last generation number that was given to a query.
    pub generation: &'a mut u64,
}

impl Cx<'_> {
    /// A number for a new query: answers to older ones are ignored.
    pub fn next_generation(&mut self) -> u64 {
        *self.generation += 1;
        *self.generation
    }
}

/// What `render` may use beside the pane's own rows.
#[derive(Clone, Copy, Debug)]
pub struct Paint<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// Whether the pane has the keys.
    pub is_focused: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

/// A part of the screen.
pub trait Pane: std::fmt::Debug {
    /// A copy, for the way back.
    fn boxed(&self) -> Box<dyn Pane>;
    /// Which keymap table is active.
    fn context(&self) -> Context;
    /// Carries out an action that the pane knows.
    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply;
    /// Carries out what another pane asked for; only the pane that is meant is asked.
    fn serve(&mut self, _request: &Request, _cx: &mut Cx<'_>) {}
    /// Takes a part of a query's answer.
    fn found(&mut self, _found: &Found) {}
    /// The world has changed.
    fn changed(&mut self, _cx: &mut Cx<'_>) {}
    /// The pane is shown again after going back: what it had running is to be started again.
    fn resumed(&mut self, _cx: &mut Cx<'_>) {}
    /// Another pane's selection points at this: show it without being asked to.
    fn preview(&mut self, _link: Option<(TraceId, Option<SpanId>)>, _world: &World) {}
    /// What this pane's selection points at.
    fn link(&self, _world: &World) -> Option<(TraceId, Option<SpanId>)> {
        None
    }
    /// Copies what is visible at `size`, clamps scrolling, nothing else.
    fn project(&mut self, world: &World, size: Size, is_focused: bool);
    /// Draws what was projected. Pure.
    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>);
    /// Whether what it shows changes with time alone, so that a tick a second is wanted.
    fn is_ticking(&self) -> bool {
        false
    }
    /// Whether a filter or a search that is typed now is meant for this pane. What no pane takes is the log pane's.
    fn takes(&self, _slot: super::event::Slot) -> bool {
        false
    }
    /// Whether a search that is typed for it is looked for as it is, in names, instead of being read as a query.
    fn is_plain(&self) -> bool {
        false
    }
    /// The filter in force and the search in force, where the pane has such.
    fn queries(&self) -> Option<Queries> {
        None
    }
    /// Puts a filter or a search in force; the texts are known to be right.
    fn set_query(&mut self, _slot: super::event::Slot, _text: &str, _cx: &mut Cx<'_>) {}
    /// The lines that are marked, in order.
    fn marks(&self) -> Vec<LineId> {
        Vec::new()
    }
    /// Marks these lines.
    fn set_marks(&mut self, _marks: &[LineId]) {}
    /// Goes to a line.
    fn go_to(&mut self, _line: LineId, _world: &World) {}
}

/// The queries of a pane, for prompts and for the status bar.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Queries {
    /// The filter's text, empty without one.
    pub filter: String,
    /// The search's text, empty without one.
    pub search: String,
    /// Matches of the search so far.
    pub matches: u64,
}
