//! When the figures of services are summed up: while spans come at most every half second, and once more after the last.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::{EdgeStats, ServiceSummary};

/// Figures are summed up at least this far apart.
const EVERY: Duration = Duration::from_millis(500);

/// Services, and the calls between them.
pub(super) type Figures = (Vec<ServiceSummary>, Vec<EdgeStats>);

/// The figures as they were summed up last.
#[derive(Debug, Default)]
pub(super) struct ServiceFigures {
    figures: Figures,
    /// When that was, and of which generation of the store they are.
    made: Option<(Instant, u64)>,
    /// When they are to be summed up anew, as the store has changed since.
    due: Option<Instant>,
}

impl ServiceFigures {
    /// The figures of this generation of the store, or those of the last one where it is too early to sum up anew.
    pub(super) fn of(&mut self, generation: u64, now: Instant, sum_up: impl FnOnce() -> Figures) -> &Figures {
        self.due = self.made.filter(|(_, seen)| *seen != generation).map(|(at, _)| at + EVERY).filter(|due| *due > now);
        let is_made = self.made.is_some_and(|(_, seen)| seen == generation);
        if !is_made && self.due.is_none() {
            self.figures = sum_up();
            self.made = Some((now, generation));
        }
        &self.figures
    }

    /// When they are to be asked for again, also if nothing else happens until then.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// That time has come: they are about to be asked for.
    pub(super) fn remind(&mut self) {
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_last_is_summed_up_after_a_while_though_nothing_follows() {
        let start = Instant::now();
        let mut figures = ServiceFigures::default();
        let mut made = Vec::new();
        for (generation, after) in [(1, 0), (1, 600), (2, 700), (3, 800), (3, 1_200), (3, 9_000)] {
            let now = start + Duration::from_millis(after);
            let mut is_made = false;
            figures.of(generation, now, || {
                is_made = true;
                Figures::default()
            });
            made.push((is_made, figures.due().map(|due| due.duration_since(start).as_millis())));
        }
        let expected = [(true, None), (false, None), (true, None), (false, Some(1_200)), (true, None), (false, None)];
        assert_eq!(made, expected);
    }
}
