//! The order of items within their layers, so that few lines cross.
//!
//! The barycentre method of Sugiyama, Tagawa and Toda: sweeping over the layers, forth and back, each is sorted by the mean
//! place of its items' neighbours in the layer before; the best order that was met is kept. Then neighbours within a layer
//! change places as long as that takes crossings away (Gansner et al., "A Technique for Drawing Directed Graphs", 1993).

/// Times that all layers are sorted, forth and back in turn.
const SWEEPS: usize = 8;
/// Times that neighbours are compared, at most.
const EXCHANGES: usize = 12;

/// Items in layers, with links from each layer to the next.
pub(super) struct Order {
    pub(super) layers: Vec<Vec<usize>>,
    /// Each item's place in its layer.
    place: Vec<usize>,
    /// Each item's neighbours in the layer before and in the one behind.
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
}

impl Order {
    /// The items in the order in which they stand in `layers`.
    pub(super) fn new(layers: Vec<Vec<usize>>, items: usize, links: &[(usize, usize)]) -> Self {
        let (mut before, mut behind) = (vec![Vec::new(); items], vec![Vec::new(); items]);
        for &(from, to) in links {
            behind[from].push(to);
            before[to].push(from);
        }
        let mut order = Self { layers, place: vec![0; items], before, behind };
        (0..order.layers.len()).for_each(|layer| order.number(layer));
        order
    }

    /// Sorts all layers anew. O(sweeps · (items + links) · log).
    pub(super) fn sort(&mut self) {
        let (mut best, mut least) = (self.layers.clone(), self.crossings());
        for sweep in 0..SWEEPS {
            let is_forth = sweep % 2 == 0;
            let count = self.layers.len();
            for step in 0..count {
                self.sort_layer(if is_forth { step } else { count - 1 - step }, is_forth);
            }
            let crossings = self.crossings();
            if crossings < least {
                (best, least) = (self.layers.clone(), crossings);
            }
        }
        self.layers = best;
        (0..self.layers.len()).for_each(|layer| self.number(layer));
    }

    /// Lets neighbours change places where that takes crossings away: little moves, and none without need.
    /// O(exchanges · items · the square of the neighbours of one).
    pub(super) fn exchange(&mut self) {
        for _ in 0..EXCHANGES {
            let mut is_better = false;
            for layer in 0..self.layers.len() {
                for at in 1..self.layers[layer].len() {
                    let (a, b) = (self.layers[layer][at - 1], self.layers[layer][at]);
                    if self.crossings_of(b, a) < self.crossings_of(a, b) {
                        self.layers[layer].swap(at - 1, at);
                        (self.place[a], self.place[b]) = (at, at - 1);
                        is_better = true;
                    }
                }
            }
            if !is_better {
                return;
            }
        }
    }

    /// How many pairs of links cross. O(links · log links).
    pub(super) fn crossings(&self) -> usize {
        let between = |layer: &Vec<usize>| {
            let mut ends: Vec<(usize, usize)> = Vec::new();
            for &item in layer {
                ends.extend(self.behind[item].iter().map(|&to| (self.place[item], self.place[to])));
            }
            ends.sort_unstable();
            inversions(ends.into_iter().map(|(_, to)| to).collect())
        };
        self.layers.iter().map(between).sum()
    }

    fn number(&mut self, layer: usize) {
        for (at, &item) in self.layers[layer].iter().enumerate() {
            self.place[item] = at;
        }
    }

    fn sort_layer(&mut self, layer: usize, is_forth: bool) {
        let neighbours = if is_forth { &self.before } else { &self.behind };
        let place = &self.place;
        let centre = |item: usize| match neighbours[item].len() {
            // An item without neighbours stays about where it is.
            0 => as_f64(place[item]),
            count => neighbours[item].iter().map(|&it| as_f64(place[it])).sum::<f64>() / as_f64(count),
        };
        let mut sorted: Vec<(f64, usize)> = self.layers[layer].iter().map(|&item| (centre(item), item)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.layers[layer] = sorted.into_iter().map(|(_, item)| item).collect();
        self.number(layer);
    }

    /// How many pairs of links of `upper` and `lower` cross, when they stand in this order.
    fn crossings_of(&self, upper: usize, lower: usize) -> usize {
        let count = |neighbours: &[Vec<usize>]| {
            let crossed = |&a: &usize| neighbours[lower].iter().filter(|&&b| self.place[b] < self.place[a]).count();
            neighbours[upper].iter().map(crossed).sum::<usize>()
        };
        count(&self.before) + count(&self.behind)
    }
}

/// How many pairs stand in the wrong order, by merging. Takes O(n log n).
fn inversions(mut list: Vec<usize>) -> usize {
    let (mut count, mut width) = (0, 1);
    let mut merged = Vec::with_capacity(list.len());
    while width < list.len() {
        merged.clear();
        for run in list.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            let (mut i, mut j) = (0, 0);
            while i < left.len() || j < right.len() {
                if j >= right.len() || (i < left.len() && left[i] <= right[j]) {
                    merged.push(left[i]);
                    i += 1;
                } else {
                    merged.push(right[j]);
                    count += left.len() - i;
                    j += 1;
                }
            }
        }
        std::mem::swap(&mut list, &mut merged);
        width *= 2;
    }
    count
}

#[expect(clippy::cast_precision_loss, reason = "places of services are far below 2^53")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
