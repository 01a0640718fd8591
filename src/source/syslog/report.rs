//! What a receiver says of itself: where it listens, how many are connected, and what was lost.

use std::sync::{Arc, Mutex, PoisonError};

use crate::source::{SourceState, StatusReporter};

/// Counts what happens at all of a source's sockets and keeps its state up to date. Cheap to clone.
#[derive(Clone)]
pub(super) struct Report {
    status: StatusReporter,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    place: String,
    connections: u64,
    /// Connections that were too many.
    turned_away: u64,
    /// Datagrams that the system threw away.
    lost: u64,
    /// What went wrong last.
    trouble: Option<String>,
    /// Whether the source has ended, and says nothing more.
    is_closed: bool,
}

/// One connection; it is counted for as long as this is there.
pub(super) struct Connected(Report);

impl Report {
    /// The source listens at `place`.
    pub(super) fn listening(status: StatusReporter, place: String) -> Self {
        let report = Self { status, counts: Arc::new(Mutex::new(Counts { place, ..Counts::default() })) };
        report.change(|_| {});
        report
    }

    /// Somebody has connected.
    pub(super) fn connected(&self) -> Connected {
        self.change(|counts| {
            counts.connections += 1;
            counts.trouble = None;
        });
        Connected(self.clone())
    }

    /// Somebody was turned away.
    pub(super) fn turned_away(&self) {
        self.change(|counts| counts.turned_away += 1);
    }

    /// The system threw datagrams away.
    pub(super) fn lost(&self, count: u64) {
        self.change(|counts| counts.lost += count);
    }

    /// Something does not work at the moment.
    pub(super) fn trouble(&self, why: String) {
        self.change(|counts| counts.trouble = Some(why));
    }

    /// The source ends: what its connections do while they go is not told any more.
    pub(super) fn close(&self) {
        self.change(|counts| counts.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut counts);
        if !counts.is_closed {
            self.status.set(SourceState::Live(counts.to_text()));
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.change(|counts| counts.connections -= 1);
    }
}

impl Counts {
    fn to_text(&self) -> String {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let counted =
            |count: u64, of: &str, fate: &str| (count > 0).then(|| format!("{count} {of}{}{fate}", plural(count)));
        let connections = counted(self.connections, "connection", "");
        let place = connections.map_or(self.place.clone(), |connections| format!("{}, {connections}", self.place));
        let full = " dropped by the system, as the socket's buffer was full (net.core.rmem_max)";
        let parts = [
            Some(place),
            counted(self.turned_away, "connection", " turned away, there are too many"),
            counted(self.lost, "datagram", full),
            self.trouble.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
