//! In which rows the items of a component stand.
//!
//! Each item wants to stand where its neighbours do, on average; in each layer the rows that come nearest to that and keep
//! order and distances are found by pooling neighbours that are in each other's way (the algorithm for isotonic regression).
//! At last, from left to right, items give way to rows on which a line of another item leaves the layer before: then two
//! lines that share cells between two layers always come from one item or lead to one.

use super::shape::Shape;
use crate::analysis::service_graph::layering::{Component, Item};

/// Times that the rows are evened out, forth and back.
const ROUNDS: usize = 3;

/// The rows of a component's items.
pub(super) struct Rows {
    /// The row in which lines leave and enter each item.
    pub(super) port: Vec<i32>,
    /// The items in front of each item, and those behind it.
    pub(super) feeders: Vec<Vec<usize>>,
    pub(super) targets: Vec<Vec<usize>>,
}

/// The rows of a component's items, the topmost being row 0. O(rounds · (items + links)).
pub(super) fn rows(component: &Component, shape: Shape) -> Rows {
    let count = component.items.len();
    let (mut feeders, mut targets) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for &(from, to) in &component.links {
        feeders[to].push(from);
        targets[from].push(to);
    }
    let mut placing = Placing { component, shape, rows: Rows { port: vec![0; count], feeders, targets } };
    placing.place();
    let top = (0..count).map(|item| placing.rows.port[item] - placing.above(item)).min().unwrap_or(0);
    placing.rows.port.iter_mut().for_each(|row| *row -= top);
    placing.rows
}

struct Placing<'a> {
    component: &'a Component,
    shape: Shape,
    rows: Rows,
}

impl Placing<'_> {
    /// Rows of an item above its port.
    fn above(&self, item: usize) -> i32 {
        if matches!(self.component.items[item], Item::Service(_)) { i32::from(self.shape.port()) } else { 0 }
    }

    /// Rows from one item's port to that of the next below.
    fn distance(&self, upper: usize, lower: usize) -> i32 {
        let height = match self.component.items[upper] {
            Item::Service(_) => i32::from(self.shape.height()),
            Item::Lane(_) => 1,
        };
        let are_services = [upper, lower].iter().all(|item| matches!(self.component.items[*item], Item::Service(_)));
        // A lane needs no room around it.
        let gap = if are_services { i32::from(self.shape.gap) } else { 0 };
        height - self.above(upper) + gap + self.above(lower)
    }

    fn place(&mut self) {
        let layers = &self.component.layers;
        for layer in layers {
            for pair in layer.windows(2) {
                self.rows.port[pair[1]] = self.rows.port[pair[0]] + self.distance(pair[0], pair[1]);
            }
        }
        for _ in 0..ROUNDS {
            for layer in layers {
                self.pool(layer, |rows, item| mean(&rows.feeders[item], &rows.port));
            }
            for layer in layers.iter().rev() {
                self.pool(layer, |rows, item| mean(&rows.targets[item], &rows.port));
            }
        }
        let enters_above = self.entered_from_above();
        for pair in layers.windows(2) {
            self.pool(&pair[1], |rows, item| {
                let feeders = &rows.feeders[item];
                let straight = feeders.first().filter(|_| feeders.len() == 1).map(|it| f64::from(rows.port[*it]));
                straight.or_else(|| Some(f64::midpoint(mean(feeders, &rows.port)?, f64::from(rows.port[item]))))
            });
            self.give_way(&pair[0], &pair[1], &enters_above);
        }
    }

    /// Which items are entered by a call that runs above.
    fn entered_from_above(&self) -> Vec<bool> {
        let mut entered = vec![false; self.component.items.len()];
        for way in self.component.ways.iter().filter(|way| way.is_above) {
            entered[way.items[way.items.len() - 1]] = true;
        }
        entered
    }

    /// Moves the items of a layer towards the rows that they want, as near as order and distances allow.
    fn pool(&mut self, layer: &[usize], wanted: impl Fn(&Rows, usize) -> Option<f64>) {
        // Seen from rows that are only far enough apart, the order is all that has to be kept.
        let (mut blocks, mut offset): (Vec<(f64, f64, usize)>, i32) = (Vec::new(), 0);
        let mut offsets = Vec::with_capacity(layer.len());
        for (at, &item) in layer.iter().enumerate() {
            if at > 0 {
                offset += self.distance(layer[at - 1], item);
            }
            offsets.push(offset);
            let want = wanted(&self.rows, item).unwrap_or(f64::from(self.rows.port[item])) - f64::from(offset);
            let mut block = (want, 1.0, 1);
            while let Some(last) = blocks.last().filter(|last| last.0 > block.0) {
                let weight = last.1 + block.1;
                block = ((last.0 * last.1 + block.0 * block.1) / weight, weight, last.2 + block.2);
                blocks.pop();
            }
            blocks.push(block);
        }
        let rows = blocks.iter().flat_map(|block| std::iter::repeat_n(block.0, block.2));
        for ((row, offset), &item) in rows.zip(offsets).zip(layer) {
            #[expect(clippy::cast_possible_truncation, reason = "rows of a few thousand items")]
            let row = row.round() as i32;
            self.rows.port[item] = row + offset;
        }
    }

    /// Moves the items of a layer down from rows on which a line of another item leaves the layer before.
    fn give_way(&mut self, before: &[usize], layer: &[usize], enters_above: &[bool]) {
        let leaving: std::collections::HashMap<i32, usize> =
            before.iter().map(|item| (self.rows.port[*item], *item)).collect();
        let mut least = i32::MIN;
        for (at, &item) in layer.iter().enumerate() {
            let mut row = self.rows.port[item].max(least);
            let may_take = |row: i32| {
                let may_join = |other: &usize| self.rows.feeders[item] == [*other] && !enters_above[item];
                leaving.get(&row).is_none_or(may_join)
            };
            while !may_take(row) {
                row += 1;
            }
            self.rows.port[item] = row;
            if let Some(&next) = layer.get(at + 1) {
                least = row + self.distance(item, next);
            }
        }
    }
}

fn mean(items: &[usize], port: &[i32]) -> Option<f64> {
    let count = u32::try_from(items.len()).ok().filter(|count| *count > 0)?;
    Some(items.iter().map(|item| f64::from(port[*item])).sum::<f64>() / f64::from(count))
}
