//! Where names end and bars begin, moved by keys. What is chosen is kept by the screen: it holds for every trace, and going
//! back does not undo it.

use super::Waterfall;
use crate::tui::action::Action;
use crate::tui::widget::waterfall::{Wanted, division};

/// How much of the width a step gives or takes, in percent.
const STEP: u16 = 4;

impl Waterfall {
    /// Gives the names more of the width or less by an action that does; `None` where it is no such action, else what part
    /// they are to have in percent (`None`: what they want), or why nothing changes.
    pub(in crate::tui::panes::traces) fn divide(&self, action: Action) -> Option<Result<Option<u16>, &'static str>> {
        let wanted = self.wanted();
        match action {
            Action::WidenColumn => {
                Some(step(self.width, wanted, true).map(Some).ok_or("there is no more to be seen of the names"))
            }
            Action::NarrowColumn => {
                Some(step(self.width, wanted, false).map(Some).ok_or("the names have as little as they can"))
            }
            Action::FitColumn if wanted.share.is_none() => Some(Err("the names have their usual width")),
            Action::FitColumn => Some(Ok(None)),
            _ => None,
        }
    }
}

/// The share by which what is in front of the bars has a step more cells than now, or less; `None` where it is at its end.
fn step(width: u16, wanted: Wanted, wider: bool) -> Option<u16> {
    let before = |share: Option<u16>| division(width, Wanted { share, ..wanted }).1;
    let now = before(wanted.share);
    let percent = u32::from(now) * 100 / u32::from(width.max(1));
    let percent = u16::try_from(percent).unwrap_or(100);
    // A step is a cell at least.
    let by = STEP.max(100 / width.max(1) + 1);
    let share = if wider { percent.saturating_add(by).min(100) } else { percent.saturating_sub(by) };
    let then = before(Some(share));
    (if wider { then > now } else { then < now }).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_both_ends_and_stop_there() {
        let wanted = Wanted { service: 14, operation: 90, notes: 4, share: None };
        for width in [36, 46, 54, 76, 116, 196] {
            for wider in [true, false] {
                let mut at = wanted;
                let mut cells = vec![division(width, at).1];
                while let Some(share) = step(width, at, wider) {
                    at.share = Some(share);
                    cells.push(division(width, at).1);
                    assert!(cells.len() < 60, "{width}: no end of {cells:?}");
                }
                let is_sorted = cells.is_sorted_by(|a, b| if wider { a < b } else { a > b });
                assert!(is_sorted, "{width} {wider}: {cells:?}");
                let (operation, before) = division(width, at);
                assert!(operation >= 9, "{width}: operations have {operation} cells");
                assert!(before + 10 <= width, "{width}: bars have {} cells", width - before);
            }
        }
    }

    #[test]
    fn names_take_no_more_than_they_fill() {
        let wanted = Wanted { service: 9, operation: 20, notes: 0, share: Some(90) };
        assert_eq!(division(100, wanted), (20, 33));
        assert_eq!(step(100, wanted, true), None);
        assert_eq!(step(0, wanted, true), None);
    }
}
