//! The columns in which lines go up and down between two layers.
//!
//! All calls of one item share a column; items whose columns would not meet share one too. A line that goes down has its
//! column to the left of one that comes from further above and goes down as well, so that they do not cross; for lines that
//! go up it is the other way round.

use std::collections::BTreeMap;

/// Lines of the items in front of a channel: each from its row to the rows that it reaches.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    nets: BTreeMap<usize, Net>,
    columns: BTreeMap<usize, u16>,
}

#[derive(Clone, Debug)]
struct Net {
    start: i32,
    top: i32,
    bottom: i32,
}

impl Channel {
    /// A line of `item` from row `start` to row `end`.
    pub(super) fn connect(&mut self, item: usize, start: i32, end: i32) {
        let net = self.nets.entry(item).or_insert(Net { start, top: start, bottom: start });
        (net.top, net.bottom) = (net.top.min(end), net.bottom.max(end));
    }

    /// Gives every line its column; answers how many there are. O(items²).
    pub(super) fn arrange(&mut self) -> u16 {
        let mut nets: Vec<(usize, Net)> =
            self.nets.iter().filter(|(_, net)| net.top < net.bottom).map(|(item, net)| (*item, net.clone())).collect();
        nets.sort_by_key(|(item, net)| {
            let goes_down = net.bottom - net.start > net.start - net.top;
            (goes_down, if goes_down { -net.start } else { net.start }, *item)
        });
        let mut used = 0;
        for (at, (item, net)) in nets.iter().enumerate() {
            let meets = |other: &Net| other.top <= net.bottom && net.top <= other.bottom;
            let taken =
                nets[..at].iter().filter(|(_, other)| meets(other)).filter_map(|(other, _)| self.columns.get(other));
            let column = taken.max().map_or(0, |last| last.saturating_add(1));
            self.columns.insert(*item, column);
            used = used.max(column.saturating_add(1));
        }
        used
    }

    /// The column of an item's lines; none where they go straight on.
    pub(super) fn column(&self, item: usize) -> Option<u16> {
        self.columns.get(&item).copied()
    }
}
