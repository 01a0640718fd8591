//! What panes ask of the application, and what has become of effects.

use super::{App, View};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::Outcome;
use crate::tui::pane::{Notice, PaneId, Request};
use crate::tui::text;

impl App {
    /// Takes in how an effect ended.
    pub(super) fn done(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) {
        match outcome {
            Outcome::TraceFetched { trace, backend, said, notes } => self.trace_fetched(trace, &backend, said, &notes),
            Outcome::TracesFound { generation, backend, page } => {
                self.traces_found(generation, &backend, page, effects);
            }
            Outcome::NamesTold { of, names } => self.names_told(&of, names),
            Outcome::CallsTold { backend, calls } => self.calls_told(&backend, calls, effects),
            Outcome::LinksFound(links) => self.choose_link(links, effects),
            Outcome::LinkOpened(link) => self.tell(Notice::link(format!("opened {link}"), link)),
            Outcome::LinkCopied(link) => self.tell(Notice::link(format!("copied {link}"), link)),
            Outcome::Saved { path, lines, spans } => {
                let (lines, spans) = (text::count(lines), text::count(spans));
                self.tell(Notice::info(format!("saved {lines} lines and {spans} spans to {path}")));
            }
            Outcome::SourceAdded(label) => self.tell(Notice::info(format!("added {label}"))),
            Outcome::SourceRefused { argument, why } => self.mend_source(&argument, why),
            Outcome::Analysed(found) => {
                let (question, answer) = *found;
                self.world.findings.answered(question, answer);
                self.tell_panes(effects);
            }
            Outcome::ColumnsKept(path) => {
                let columns = &self.world.settings.columns;
                self.tell(Notice::info(format!("columns: {columns}; kept in {path}")));
            }
            Outcome::Failed(why) => self.tell(Notice::error(why)),
        }
    }

    /// Does what a pane asked for; `before` is the view to go back to where that leads deeper.
    pub(super) fn serve(&mut self, request: &Request, before: Option<View>, effects: &mut Vec<Effect>) {
        match request {
            Request::Tell(notice) => self.tell(notice.clone()),
            Request::Copy(text) => {
                self.tell(Notice::info(format!("copied {} characters", text::count(text.chars().count() as u64))));
                effects.push(Effect::Copy(text.clone()));
            }
            Request::ChooseMark => self.choose_mark(),
            Request::ChooseColumns(candidates) => self.choose_columns(candidates.clone()),
            Request::ToggleColumn(kind) => self.toggle_column(kind, effects),
            Request::ShareWidth(share) => self.world.names_share = *share,
            Request::GoBack => self.command(Action::Back, effects),
            Request::OpenTrace { trace, near, .. } => {
                self.fetch_where_missing(*trace, *near, effects);
                self.go_deeper(PaneId::Traces, request, before, effects);
            }
            Request::FetchTrace { trace, near } => self.fetch_trace(*trace, *near, effects),
            Request::OpenLink(trace) => effects.push(Effect::FindLinks(*trace)),
            Request::AskCalls => self.ask_calls_again(effects),
            Request::MoreTraces => self.more_traces(effects),
            Request::EndSearch => self.end_search(effects),
            Request::ShowLogs { .. } => self.go_deeper(PaneId::Logs, request, before, effects),
            Request::ShowTraces { .. } => self.go_deeper(PaneId::Traces, request, before, effects),
        }
    }

    fn go_deeper(&mut self, pane: PaneId, request: &Request, before: Option<View>, effects: &mut Vec<Effect>) {
        self.step_in(before);
        self.view.focus = pane;
        self.in_focus(effects, |pane, cx| pane.serve(request, cx));
    }
}
