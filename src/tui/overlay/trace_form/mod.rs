//! The form in which traces are looked for: what is asked of all backends, and of the traces in memory.

mod read;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};
use unicode_width::UnicodeWidthStr;

use super::centred;
use super::prompt::{Prompt, PromptKind};
use crate::model::{Names, TraceQuery};
use crate::query::{CompileContext, Plan, demanded, narrow, parse, quote};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::keymap::Context;
use crate::tui::pane::Paint;
use crate::tui::piece::{self, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// How many traces a page has unless the form says otherwise.
const USUAL_LIMIT: usize = 20;
/// The most that a page may have.
const MOST: usize = 1000;
/// Names that are proposed at a time.
const MAX_PROPOSED: usize = 8;
/// Cells of the labels and the blank behind them.
const LABEL: u16 = 11;

/// A field of the form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Service,
    Operation,
    Tags,
    Duration,
    Time,
    Limit,
    Filter,
}

/// The fields: what they are called, and what may stand there.
const FIELDS: [(Kind, &str, &str); 7] = [
    (Kind::Service, "Service", "any"),
    (Kind::Operation, "Operation", "any"),
    (Kind::Tags, "Tags", "http.status_code=500 error.type=timeout"),
    (Kind::Duration, "Duration", ">1s, 100ms..2s"),
    (Kind::Time, "Time", "1h, 10:00..11:30, 2026-05-01"),
    (Kind::Limit, "Limit", "20 from each backend"),
    (Kind::Filter, "Filter", "in the filter language: status:error -op:health timeout"),
];

/// What the form asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of the backends.
    pub query: TraceQuery,
    /// Of the traces in memory.
    pub plan: Plan,
    /// The filter, where the backends can not be asked for all of it.
    pub rest: Option<Plan>,
    /// The texts of the fields, to begin the next form with.
    pub texts: Vec<String>,
}

/// The form while it is filled in.
#[derive(Clone, Debug)]
pub struct TraceForm {
    inputs: Vec<Prompt>,
    at: usize,
    /// Names that fit what is typed.
    proposed: Vec<String>,
    /// Which of them is chosen.
    chosen: Option<usize>,
    /// The field that is wrong, and what was expected.
    error: Option<(usize, String)>,
    /// Who is asked, or how somebody comes to be.
    asked: String,
    /// What keys do here.
    keys: String,
}

impl TraceForm {
    /// A form with these texts; empty fields where there are none.
    pub fn new(texts: &[String], world: &World, keys: String) -> Self {
        let text = |at: usize| texts.get(at).map(String::as_str).unwrap_or_default();
        let inputs = (0..FIELDS.len()).map(|at| Prompt::new(PromptKind::Filter, text(at))).collect();
        let asked = match world.backends().as_slice() {
            [] => format!(
                "No system can be asked: the traces in memory are looked through. {} {} adds one: jaeger+http://localhost:16686",
                world.key(Context::Form, Action::PromptCancel),
                world.key(Context::Global, Action::AddSource),
            ),
            backends => format!("Asked are the traces in memory, {}", backends.join(", ")),
        };
        Self { inputs, at: 0, proposed: Vec::new(), chosen: None, error: None, asked, keys }
    }

    /// The names that would help in the field that is filled in.
    pub fn names(&self) -> Option<Names> {
        match self.kind() {
            Kind::Service => Some(Names::Services),
            Kind::Operation => {
                let service = self.text(Kind::Service).to_owned();
                (!service.is_empty()).then_some(Names::Operations { service })
            }
            Kind::Tags => match self.tag() {
                (tag, Some(_)) => Some(Names::TagValues { tag: tag.to_owned() }),
                (_, None) => Some(Names::Tags),
            },
            Kind::Duration | Kind::Time | Kind::Limit | Kind::Filter => None,
        }
    }

    /// Proposes those of `known` that have what is typed in them; whole beginnings first.
    pub fn propose(&mut self, known: &[String]) {
        let typed = self.typed().to_lowercase();
        let is_tag = self.kind() == Kind::Tags && self.tag().1.is_none();
        // A tag that can not be written is none to propose.
        let can_stand = |name: &str| !is_tag || !name.contains(|c: char| c.is_whitespace() || "=\"".contains(c));
        let fits = |name: &&String| name.to_lowercase().contains(&typed) && **name != self.typed() && can_stand(name);
        let mut fitting: Vec<&String> = known.iter().filter(fits).collect();
        fitting.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
        self.proposed = fitting.into_iter().take(MAX_PROPOSED).cloned().collect();
        self.chosen = self.chosen.filter(|chosen| *chosen < self.proposed.len());
    }

    /// Whether there are names to choose from.
    pub fn has_proposals(&self) -> bool {
        !self.proposed.is_empty()
    }

    /// Carries out an action within the form; answers whether it was one.
    pub fn edit(&mut self, action: Action) -> bool {
        match action {
            Action::FormNext => self.go(1),
            Action::FormPrevious => self.go(FIELDS.len() - 1),
            Action::PromptComplete => {
                self.chosen = self.chosen.or(Some(0));
                self.take_proposal();
            }
            Action::SelectNext => self.choose(1),
            Action::SelectPrevious => self.choose(self.proposed.len()),
            Action::HistoryNext | Action::HistoryPrevious | Action::PromptSwitch => {}
            _ => {
                self.chosen = None;
                self.error = None;
                return self.input_mut().is_some_and(|input| input.edit(action));
            }
        }
        true
    }

    /// Types a text.
    pub fn insert(&mut self, text: &str) {
        self.chosen = None;
        self.error = None;
        if let Some(input) = self.input_mut() {
            input.insert(text);
        }
    }

    /// Takes the name that is chosen; answers whether one was.
    pub fn take_proposal(&mut self) -> bool {
        let Some(name) = self.chosen.take().and_then(|at| self.proposed.get(at).cloned()) else { return false };
        let kind = self.kind();
        let name = match (kind, self.tag()) {
            (Kind::Tags, (_, None)) => format!("{name}="),
            (Kind::Tags, (_, Some(_))) => format!("{} ", quote(&name)),
            _ => name,
        };
        let from = self.word_start();
        if let Some(input) = self.input_mut() {
            input.replace(from..input.caret(), &name);
        }
        self.proposed.clear();
        true
    }

    /// What the form asks for at this time. Where a field is wrong the form goes there and says what was expected.
    pub fn wanted(&mut self, context: &CompileContext) -> Option<Wanted> {
        let outcome = self.read(context);
        match outcome {
            Ok(wanted) => Some(wanted),
            Err((kind, why)) => {
                let at = FIELDS.iter().position(|(field, ..)| *field == kind).unwrap_or_default();
                self.at = at;
                self.error = Some((at, why));
                None
            }
        }
    }

    fn read(&self, context: &CompileContext) -> Result<Wanted, (Kind, String)> {
        let window = read::window(self.text(Kind::Time), context).map_err(|why| (Kind::Time, why))?;
        let limit = self.text(Kind::Limit);
        let limit = if limit.is_empty() { Some(USUAL_LIMIT) } else { limit.parse().ok() };
        let limit = limit.filter(|limit| (1..=MOST).contains(limit));
        let limit = limit.ok_or_else(|| (Kind::Limit, format!("expected a whole number from 1 to {MOST}")))?;
        let mut query = TraceQuery::all(window, limit);
        let name = |kind| Some(self.text(kind).to_owned()).filter(|name| !name.is_empty());
        (query.service, query.operation) = (name(Kind::Service), name(Kind::Operation));
        query.tags = read::tags(self.text(Kind::Tags)).map_err(|why| (Kind::Tags, why))?;
        read::durations(self.text(Kind::Duration), &mut query).map_err(|why| (Kind::Duration, why))?;
        let filter = self.text(Kind::Filter);
        let parsed = parse(filter).map_err(|error| (Kind::Filter, error.to_string()))?;
        let text = match (&*demanded(&query), filter) {
            (own, "") => own.to_owned(),
            ("", filter) => filter.to_owned(),
            (own, filter) => format!("{own} ({filter})"),
        };
        let plan = Plan::compile(&text, context).map_err(|error| (Kind::Filter, error.to_string()))?;
        let is_whole = narrow(&parsed, &mut query);
        let rest = (!is_whole).then(|| Plan::compile(filter, context)).transpose();
        let rest = rest.map_err(|error| (Kind::Filter, error.to_string()))?;
        let texts = self.inputs.iter().map(|input| input.text().trim().to_owned()).collect();
        Ok(Wanted { query, plan, rest, texts })
    }

    fn kind(&self) -> Kind {
        FIELDS.get(self.at).map_or(Kind::Service, |(kind, ..)| *kind)
    }

    fn input_mut(&mut self) -> Option<&mut Prompt> {
        self.inputs.get_mut(self.at)
    }

    fn text(&self, kind: Kind) -> &str {
        let at = FIELDS.iter().position(|(field, ..)| *field == kind);
        at.and_then(|at| self.inputs.get(at)).map(|input| input.text().trim()).unwrap_or_default()
    }

    /// Where the name begins that is being typed: of the tags, it is the last one or its value.
    fn word_start(&self) -> usize {
        let Some(input) = self.inputs.get(self.at).filter(|_| self.kind() == Kind::Tags) else { return 0 };
        let (tag, value) = self.tag();
        input.caret() - value.unwrap_or(tag).len()
    }

    fn typed(&self) -> &str {
        let Some(input) = self.inputs.get(self.at) else { return "" };
        input.text().get(self.word_start()..input.caret()).unwrap_or_default()
    }

    /// The tag before the caret, and its value as far as that is typed.
    fn tag(&self) -> (&str, Option<&str>) {
        let Some(input) = self.inputs.get(self.at) else { return ("", None) };
        let before = input.text().get(..input.caret()).unwrap_or_default();
        let last = before.rsplit(' ').next().unwrap_or_default();
        last.split_once('=').map_or((last, None), |(tag, value)| (tag, Some(value)))
    }

    fn go(&mut self, by: usize) {
        self.take_proposal();
        self.at = (self.at + by) % FIELDS.len();
        self.proposed.clear();
        self.chosen = None;
    }

    fn choose(&mut self, by: usize) {
        let count = self.proposed.len();
        if count == 0 {
            // Without names to choose from the arrows go from field to field, as in any form.
            return self.go(if by == 1 { 1 } else { FIELDS.len() - 1 });
        }
        // One place more than there are names: none of them.
        let places = count + 1;
        let now = self.chosen.map_or(count, |at| at);
        let next = (now + by) % places;
        self.chosen = (next < count).then_some(next);
    }

    fn area(screen: Rect) -> Rect {
        let rows = u16::try_from(FIELDS.len() + MAX_PROPOSED).unwrap_or(u16::MAX) + 6;
        centred(screen, 84, rows)
    }

    /// Where the caret stands on `screen`.
    pub fn cursor(&self, screen: Rect) -> Option<Position> {
        let area = Self::area(screen);
        let input = self.inputs.get(self.at)?;
        let before = input.text().get(input.first_within(Self::room(area))..input.caret())?;
        let shown = u16::try_from(safe(before).width()).ok()?;
        let x = (area.x + 2 + LABEL + shown).min(area.right().saturating_sub(2));
        let row = self.at - self.rows_above(area);
        let y = area.y + 1 + u16::try_from(row).ok()?;
        (y + 1 < area.bottom()).then_some(Position::new(x, y))
    }

    /// Cells of what is typed, in front of the caret.
    fn room(area: Rect) -> usize {
        usize::from(area.width.saturating_sub(LABEL + 4))
    }

    /// Fields that have no room above the one that is filled in.
    fn rows_above(&self, area: Rect) -> usize {
        (self.at + 1).saturating_sub(usize::from(area.height.saturating_sub(2)).max(1))
    }

    /// Draws it in the middle of `screen`.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let area = Self::area(screen);
        Clear.render(area, buf);
        buf.set_style(area, paint.theme.style(Role::Text));
        let title = [Piece::new(Role::Title, "Find traces")];
        let bottom = [Piece::new(Role::Muted, self.keys.clone())];
        let inner = Frame { title: &title, right: "", bottom: &bottom }.render(area, buf, paint);
        let rows = self.lines(usize::from(inner.width.saturating_sub(1)));
        for ((pieces, role), y) in rows.iter().skip(self.rows_above(area)).zip(inner.y..inner.bottom()) {
            let base = role.map_or_else(Style::new, |role| paint.theme.style(role));
            buf.set_style(Rect { y, height: 1, ..inner }, base);
            piece::draw(pieces, buf, inner.x + 1, y, inner.width.saturating_sub(1), base, paint.theme);
        }
        if let Some(position) = self.cursor(screen)
            && let Some(cell) = buf.cell_mut(position)
        {
            cell.set_style(paint.theme.style(Role::Cursor));
        }
    }

    fn lines(&self, room: usize) -> Vec<(Vec<Piece>, Option<Role>)> {
        let label = usize::from(LABEL);
        let mut out = Vec::new();
        for (at, ((_, name, hint), input)) in FIELDS.iter().zip(&self.inputs).enumerate() {
            let is_here = at == self.at;
            let is_wrong = self.error.as_ref().is_some_and(|(wrong, _)| *wrong == at);
            let from = if is_here { input.first_within(room.saturating_sub(label + 1)) } else { 0 };
            let value = match (input.text().get(from..).unwrap_or_default(), is_wrong) {
                ("", _) => Piece::new(Role::Faint, text::truncate(hint, room.saturating_sub(label))),
                (typed, true) => Piece::new(Role::Error, safe(typed).into_owned()),
                (typed, false) => Piece::new(Role::Text, safe(typed).into_owned()),
            };
            let role = if is_here { Role::Title } else { Role::Muted };
            out.push((vec![Piece::new(role, format!("{name:<label$}")), value], None));
        }
        out.push((Vec::new(), None));
        out.extend(self.remarks(room));
        out
    }

    /// What stands below the fields: what is wrong, else the names that fit, and who is asked.
    fn remarks(&self, room: usize) -> Vec<(Vec<Piece>, Option<Role>)> {
        if let Some((_, why)) = &self.error {
            let lines = text::wrap(&safe(why), room);
            return lines.into_iter().map(|line| (vec![Piece::new(Role::Error, line)], None)).collect();
        }
        let row = |(at, name): (usize, &String)| {
            let name = text::truncate(&safe(name), room);
            let role = (self.chosen == Some(at)).then_some(Role::Selected);
            (vec![Piece::new(Role::Text, format!("  {name}"))], role)
        };
        let mut out: Vec<_> = self.proposed.iter().enumerate().map(row).collect();
        if !out.is_empty() {
            out.push((Vec::new(), None));
        }
        let asked = text::wrap(&safe(&self.asked), room);
        out.extend(asked.into_iter().map(|line| (vec![Piece::new(Role::Muted, line)], None)));
        out
    }
}
