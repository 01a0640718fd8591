//! What stands on the frame of a waterfall: which trace, how large, and in which way it is shown.

use super::Waterfall;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::panes::traces::list::entry::kinds;
use crate::tui::panes::traces::table;
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;
use unicode_width::UnicodeWidthStr;

/// Cells of the frame that are left to the title at least; of a wide one it has nearly half.
const TITLE_ROOM: usize = 30;
/// Facts from this rank on give way to a title that is longer, up to three quarters of the frame.
const LESS_THAN_TITLE: u8 = 4;
/// Cells of the frame that neither the title nor the facts have: corners, and blanks around both.
const FRAME: usize = 9;

/// What stands on the frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Heading {
    pub(super) title: Vec<Piece>,
    pub(super) right: String,
    /// In which way it is shown; where that is the usual one, what can be pressed.
    pub(super) bottom: Vec<Piece>,
    /// Whether the bottom tells keys, which are for who has them.
    pub(super) tells_keys: bool,
}

/// What is told of keys while there is nothing else to tell.
const KEYS: [(Action, &str); 4] = [
    (Action::ShowLogs, "logs"),
    (Action::NextCritical, "path"),
    (Action::NextError, "error"),
    (Action::FoldShort, "fold short"),
];
/// A frame narrower than this tells no keys.
const LEAST_WITH_KEYS: usize = 56;

/// A fact, and how soon it gives way: the higher the sooner.
struct Fact(u8, String);

impl Waterfall {
    /// What the frame says in `width` cells.
    pub(super) fn heading(&self, world: &World, width: usize) -> Heading {
        let bottom = self.bottom(world);
        let tells_keys = bottom.is_empty();
        let bottom = if tells_keys { keys(world, width) } else { bottom };
        let title = self.title();
        let right = self.right(width, title.iter().map(|piece| piece.text.width()).sum());
        Heading { title, right, bottom, tells_keys }
    }

    fn title(&self) -> Vec<Piece> {
        let summary = &self.study.summary;
        vec![
            Piece::new(Role::Title, format!("Trace {}", summary.id.short())),
            Piece::new(Role::Faint, " ── "),
            table::titled(&summary.service),
            Piece::new(Role::Text, format!(" {}", table::name(&summary.operation))),
        ]
    }

    /// The trace in figures: as many as leave room for the title, which is this long.
    fn right(&self, width: usize, title: usize) -> String {
        let summary = &self.study.summary;
        let mut facts =
            vec![Fact(0, text::duration(summary.duration)), Fact(1, text::counted(u64::from(summary.spans), "span"))];
        if summary.errors > 0 {
            facts.push(Fact(1, format!("{} ✗", text::count(u64::from(summary.errors)))));
        }
        if self.is_growing {
            facts.push(Fact(2, "growing".to_owned()));
        } else if !summary.is_complete {
            facts.push(Fact(2, "incomplete".to_owned()));
        }
        if self.shows_origin {
            facts.push(Fact(3, safe(&kinds(&summary.origins).join("+")).into_owned()));
        }
        if summary.services > 1 {
            facts.push(Fact(4, text::counted(u64::from(summary.services), "service")));
        }
        if self.study.rows.levels > 1 {
            facts.push(Fact(5, text::counted(u64::from(self.study.rows.levels), "level")));
        }
        let room = width.saturating_sub(TITLE_ROOM.max(width * 9 / 20));
        fit(facts, room, room.min(width.saturating_sub((title + FRAME).min(width * 3 / 4))))
    }

    /// In which way the trace is shown, where that is not the usual one: the search first, as one looks for its count.
    fn bottom(&self, world: &World) -> Vec<Piece> {
        let mut facts: Vec<Vec<Piece>> = Vec::new();
        facts.extend(self.told_search());
        facts.extend(self.awaited.map(|span| {
            let text = format!("span {span} is not here");
            vec![Piece::new(Role::Warning, text)]
        }));
        let modes =
            [self.told_zoom(), self.told_levels(), self.told_short(), self.told_path(), self.told_clocks(world)];
        facts.extend(modes.into_iter().flatten().map(|text| vec![Piece::new(Role::Accent, text)]));
        facts.join(&Piece::new(Role::Faint, " · "))
    }

    fn told_search(&self) -> Option<Vec<Piece>> {
        let found = self.search.rows().len();
        let place = self.selected_row().and_then(|row| self.search.number_of(row));
        let count = match place {
            Some(place) => format!("  {} of {}", text::count(place as u64), text::count(found as u64)),
            None if found == 0 => "  no match".to_owned(),
            None => format!("  {} found", text::count(found as u64)),
        };
        let typed = text::truncate(&safe(self.search.text()), 24);
        let role = if found == 0 { Role::Warning } else { Role::Muted };
        let pieces = vec![Piece::new(Role::Prompt, "/ "), Piece::new(Role::Text, typed), Piece::new(role, count)];
        self.search.is_active().then_some(pieces)
    }

    fn told_zoom(&self) -> Option<String> {
        let whole = self.whole();
        let (from, to) = self.zoom.shown(whole);
        let after = |time: i64| match time.saturating_sub(whole.0) {
            0 => "0".to_owned(),
            after => text::duration(after),
        };
        let length = to.saturating_sub(from);
        // Three digits do not tell the two ends apart where little is shown late.
        let is_close = length < from.saturating_sub(whole.0) / 20;
        self.zoom.is_zoomed().then(|| {
            if is_close {
                format!("{} from {} on", text::duration(length), after(from))
            } else {
                format!("{} – {}", after(from), after(to))
            }
        })
    }

    fn told_levels(&self) -> Option<String> {
        self.folds.level().map(|level| format!("{level} of {} levels", self.study.rows.levels))
    }

    fn told_short(&self) -> Option<String> {
        self.folds.short().map(|short| format!("⋯ under {}", text::duration(short)))
    }

    fn told_path(&self) -> Option<String> {
        self.folds.is_path_only().then(|| "critical path".to_owned())
    }

    fn told_clocks(&self, world: &World) -> Option<String> {
        match (self.study.is_skewed, self.study.is_corrected) {
            (false, _) => None,
            (true, true) => Some("times corrected".to_owned()),
            (true, false) => {
                Some(format!("clocks differ: {} corrects", world.key(Context::Waterfall, Action::CorrectClocks)))
            }
        }
    }
}

fn keys(world: &World, width: usize) -> Vec<Piece> {
    if width < LEAST_WITH_KEYS {
        return Vec::new();
    }
    let told: Vec<String> =
        KEYS.iter().map(|(action, what)| format!("{} {what}", world.key(Context::Waterfall, *action))).collect();
    vec![Piece::new(Role::Muted, told.join("  "))]
}

/// The facts that fit into `width` cells, or beside the whole title into `beside` if they are worth less than it; those that
/// give way soonest go first, the last of these first.
fn fit(mut facts: Vec<Fact>, width: usize, beside: usize) -> String {
    loop {
        let line = facts.iter().map(|fact| fact.1.as_str()).collect::<Vec<_>>().join(" · ");
        let sooner = facts.iter().map(|fact| fact.0).max().unwrap_or(0);
        let room = if sooner >= LESS_THAN_TITLE { beside } else { width };
        if line.width() <= room || sooner == 0 {
            return line;
        }
        if let Some(at) = facts.iter().rposition(|fact| fact.0 == sooner) {
            facts.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_least_wanted_gives_way_first() {
        let facts = || vec![Fact(0, "1.2 s".into()), Fact(1, "30 spans".into()), Fact(4, "5 services".into())];
        for (width, expected) in
            [(40, "1.2 s · 30 spans · 5 services"), (28, "1.2 s · 30 spans"), (15, "1.2 s"), (0, "1.2 s")]
        {
            assert_eq!(fit(facts(), width, width), expected, "{width}");
        }
        assert_eq!(fit(facts(), 40, 20), "1.2 s · 30 spans", "services are worth less than the title");
        assert_eq!(fit(facts(), 20, 5), "1.2 s · 30 spans", "the number of spans is worth more");
    }
}
