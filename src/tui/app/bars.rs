//! The line of tabs at the top, and the keys that the status bar offers.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::App;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::panes::PANES;
use crate::tui::piece::{self, Piece};
use crate::tui::text;

/// What the status bar offers, in this order.
const HINTS: [(Action, &str); 6] = [
    (Action::DrillDown, "open"),
    (Action::Back, "back"),
    (Action::Filter, "filter"),
    (Action::FindTraces, "find"),
    (Action::Search, "search"),
    (Action::Help, "help"),
];

/// What it offers while columns are chosen, whose own keys stand on their frame.
const CHOOSING_HINTS: [(Action, &str); 2] = [(Action::Back, "close"), (Action::Help, "help")];

impl App {
    /// Tabs with their keys at the left, what all this is at the right.
    pub(super) fn tab_line(&self, width: u16) -> Vec<Piece> {
        let mut out = vec![Piece::new(Role::Text, " ")];
        let is_narrow = width < 60;
        if !is_narrow {
            out.push(Piece::new(Role::Accent, "spantail "));
            out.push(Piece::new(Role::Faint, "▏"));
        }
        for kind in PANES {
            let key = self.keymap.keys_for(Context::Global, kind.focus).into_iter().next().unwrap_or_default();
            let role = if kind.id == self.view.focus { Role::TabActive } else { Role::Tab };
            let tab = format!("{key} {}", kind.title);
            out.push(Piece::new(role, if is_narrow { tab } else { format!(" {tab} ") }));
            if is_narrow {
                out.push(Piece::new(Role::Text, " "));
            }
        }
        let title = safe(&self.world.settings.title).into_owned();
        let clock = self.clock();
        let used = piece::width(&out) + clock.len() + 4;
        let room = usize::from(width).saturating_sub(used);
        let title = text::truncate(&title, room);
        let gap = usize::from(width).saturating_sub(used + piece::width(&[Piece::new(Role::Muted, title.clone())]));
        out.push(Piece::new(Role::Text, " ".repeat(gap)));
        if room > 0 {
            out.push(Piece::new(Role::Muted, title));
            out.push(Piece::new(Role::Muted, if clock.is_empty() { "" } else { " · " }));
            out.push(Piece::new(Role::Muted, clock));
        }
        out
    }

    /// The time of the newest line: a clock that moves only with the data.
    fn clock(&self) -> String {
        let snapshot = &self.world.snapshot;
        let newest = snapshot.end().checked_sub(1).and_then(|id| snapshot.line(id)).map(|line| line.time());
        newest.map(|at| text::time_of_day(at, &self.world.settings, false)).unwrap_or_default()
    }

    /// Where on the screen an address stands that can be clicked on, and the address. Not while something is typed, as it is
    /// drawn where the cursor would be.
    pub fn hyperlink(&self) -> Option<(Rect, String)> {
        let (notice, _) = self.notice.as_ref().filter(|_| self.overlays.is_empty())?;
        let link = notice.link.as_ref().filter(|link| link.bytes().all(|byte| byte.is_ascii_graphic()))?;
        let status = self.layout.status;
        let cells = |text: &str| u16::try_from(text.width()).unwrap_or(u16::MAX);
        let before = cells(&safe(&notice.text)).saturating_sub(cells(link)).saturating_add(1);
        let area = Rect { x: status.x.saturating_add(before), width: cells(link), height: 1, ..status };
        Some((area.intersection(status), link.clone()))
    }

    pub(super) fn status_hints(&self) -> Vec<(String, &'static str)> {
        if !self.hints.is_empty() {
            let pending: Vec<(String, &str)> =
                self.hints.iter().filter_map(|hint| Some((hint.keys.clone(), hint.actions.first()?.about()))).collect();
            return pending;
        }
        let context = self.context();
        let is_choosing = context == Context::Columns;
        let is_deep = is_choosing || !self.steps.is_empty();
        let hints = if is_choosing { CHOOSING_HINTS.as_slice() } else { HINTS.as_slice() };
        let of_traces = matches!(context, Context::Traces | Context::Waterfall);
        let shown = hints.iter().filter(|(action, _)| match action {
            Action::Back => is_deep,
            Action::FindTraces => of_traces,
            // They would lead to the logs.
            Action::Filter => !matches!(context, Context::Services | Context::Comparison),
            Action::Search => !matches!(context, Context::Scatter | Context::Events | Context::Comparison),
            _ => true,
        });
        shown
            .filter_map(|(action, what)| Some((self.keymap.keys_for(context, *action).into_iter().next()?, *what)))
            .collect()
    }
}
