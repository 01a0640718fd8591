//! Which part of a trace's time is looked at.

use crate::model::Nanos;
use crate::tui::widget::waterfall::Window;

/// The shortest time that is shown, in nanoseconds.
const LEAST: Nanos = 100;
/// A span that is shown alone has this part of its duration beside it on either side: one in twenty.
const MARGIN: Nanos = 20;
/// Panning moves by this part of what is shown: one in four.
const PAN: Nanos = 4;

/// The part that is looked at, as the time of the day, so that it stays when the trace grows; all of it without.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Zoom {
    part: Option<(Nanos, Nanos)>,
}

/// The time of the whole trace: when it begins and ends.
pub(super) type Whole = (Nanos, Nanos);

impl Zoom {
    /// Whether less than all is shown.
    pub(super) fn is_zoomed(self) -> bool {
        self.part.is_some()
    }

    /// What is shown, from and to.
    pub(super) fn shown(self, whole: Whole) -> (Nanos, Nanos) {
        self.part.unwrap_or(whole)
    }

    /// What is shown, beside the trace's begin.
    pub(super) fn window(self, whole: Whole) -> Window {
        let (from, to) = self.shown(whole);
        Window { from_ns: from.saturating_sub(whole.0), to_ns: to.saturating_sub(whole.0) }
    }

    /// What is shown in shares of the whole; `None` for all of it.
    #[expect(clippy::cast_precision_loss, reason = "a column of a terminal is far coarser")]
    pub(super) fn shares(self, whole: Whole) -> Option<(f64, f64)> {
        let share = |time: Nanos| time.saturating_sub(whole.0) as f64 / length(whole).max(1) as f64;
        self.part.map(|(from, to)| (share(from), share(to)))
    }

    /// Shows half of the time, or twice as much, with `middle` in the middle as far as there is time on both sides.
    pub(super) fn scale(&mut self, whole: Whole, middle: Nanos, is_in: bool) {
        let shown = length(self.shown(whole));
        let wanted = if is_in { (shown / 2).max(LEAST) } else { shown.saturating_mul(2) };
        self.show(whole, middle.saturating_sub(wanted / 2), wanted);
    }

    /// Shows the time before or after what is shown.
    pub(super) fn pan(&mut self, whole: Whole, later: bool) {
        let (from, to) = self.shown(whole);
        let (by, length) = ((length((from, to)) / PAN).max(1), length((from, to)));
        self.show(whole, if later { from.saturating_add(by) } else { from.saturating_sub(by) }, length);
    }

    /// Shows the time of one span.
    pub(super) fn fit(&mut self, whole: Whole, (from, to): (Nanos, Nanos)) {
        let margin = (length((from, to)) / MARGIN).max(LEAST / 2);
        self.show(whole, from.saturating_sub(margin), length((from, to)).saturating_add(2 * margin));
    }

    /// Shows as much as before, within a whole that begins or ends at another time than it did.
    pub(super) fn keep_within(&mut self, whole: Whole) {
        if let Some((from, to)) = self.part {
            self.show(whole, from, length((from, to)));
        }
    }

    /// Shows everything.
    pub(super) fn all(&mut self) {
        self.part = None;
    }

    /// Shows `wanted` nanoseconds from `from` on, kept within the whole.
    fn show(&mut self, whole: Whole, from: Nanos, wanted: Nanos) {
        if wanted >= length(whole) {
            return self.all();
        }
        let from = from.min(whole.1.saturating_sub(wanted)).max(whole.0);
        self.part = Some((from, from.saturating_add(wanted)));
    }
}

fn length((from, to): (Nanos, Nanos)) -> Nanos {
    to.saturating_sub(from).max(0)
}
