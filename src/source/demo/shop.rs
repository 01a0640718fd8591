//! The simulator: a shop's spans and log lines as a pure function of seed, rate and start time.

use std::collections::BTreeMap;
use std::fmt;

use super::flow;
use super::idle;
use super::incident::{EARLIEST, Incident, Weather};
use super::line::{self, Head, Part};
use super::random::Random;
use super::service::{Service, Shared};
use super::trace::Recorder;
use crate::model::{Nanos, Span};

/// Of all lines, those that belong to no request.
const IDLE_SHARE: f64 = 0.08;

/// Pending items are kept in buckets of this many nanoseconds, so that handing out the due ones touches few others.
const BUCKET: Nanos = 10_000_000;

/// Something that the shop sends.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// When it is sent: a line's own time, a span's end.
    pub time: Nanos,
    /// What is sent.
    pub output: Output,
}

/// What the shop sends.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A line of a service's log, without line end.
    Line {
        /// Whose log.
        service: Service,
        /// The line.
        text: Box<[u8]>,
    },
    /// A span that ended.
    Span(Box<Span>),
}

/// A simulated web shop in virtual time. The same seed and rate give the same sequence of relative times, ids and
/// texts (but for the time stamps within them), however finely it is advanced.
pub struct Shop {
    start: Nanos,
    line_gap: f64,
    random: Random,
    shared: Shared,
    next_request: Nanos,
    next_idle: Nanos,
    next_turn: u32,
    pending: BTreeMap<Nanos, Vec<Item>>,
    scratch: Vec<Item>,
}

impl Shop {
    /// A shop that opens at `start` and writes about `rate` lines a second (at least 1) in calm weather; warnings and
    /// errors of incidents come on top.
    pub fn new(seed: u64, rate: u32, start: Nanos) -> Self {
        let mut random = Random::new(seed);
        let line_gap = 1e9 / f64::from(rate.max(1));
        Self {
            start,
            line_gap,
            next_request: start,
            next_idle: start + random.wait(line_gap / IDLE_SHARE),
            next_turn: 0,
            random,
            shared: Shared::new(),
            pending: BTreeMap::new(),
            scratch: Vec::new(),
        }
    }

    /// Everything that is sent from where the last call ended up to and including `until`, in the order of time.
    pub fn advance(&mut self, until: Nanos) -> Vec<Item> {
        loop {
            let announced = Incident::of_turn(self.next_turn).1 + EARLIEST + self.start;
            let next = self.next_request.min(self.next_idle).min(announced);
            if next > until {
                break;
            }
            if next == announced {
                self.announce();
            } else if next == self.next_request {
                self.request();
            } else {
                self.idle();
            }
            self.file_scratch();
        }
        self.take_due(until)
    }

    /// Lets `gap` nanoseconds pass in which nothing begins, as when the machine slept.
    pub fn pause(&mut self, gap: Nanos) {
        let gap = gap.max(0);
        self.start += gap;
        self.next_request += gap;
        self.next_idle += gap;
    }

    /// A customer's request, and when the next one comes: in so long as its ordinary lines take at the shop's rate.
    /// Warnings and errors are not counted, so an incident shows as a burst, and the rate holds without calibration.
    fn request(&mut self) {
        let at = self.next_request;
        let weather = Weather::at(at - self.start);
        let mut recorder = Recorder::new(&mut self.random, weather, &mut self.shared, &mut self.scratch);
        let message = flow::visit(&mut recorder, at);
        let mut lines = recorder.finish();
        if let Some(message) = message {
            let mut recorder = Recorder::new(&mut self.random, weather, &mut self.shared, &mut self.scratch);
            flow::notify(&mut recorder, &message);
            lines += recorder.finish();
        }
        self.next_request += self.random.wait(f64::from(lines.max(1)) * self.line_gap / (1.0 - IDLE_SHARE));
    }

    fn idle(&mut self) {
        self.scratch.push(idle::line(&mut self.random, self.next_idle));
        self.next_idle += self.random.wait(self.line_gap / IDLE_SHARE);
    }

    fn announce(&mut self) {
        let (incident, begin) = Incident::of_turn(self.next_turn);
        self.next_turn += 1;
        for it in incident.script() {
            let time = self.start + begin + it.offset;
            let head = Head { service: it.service, time, level: it.level, ids: None };
            let text = line::write_line(&head, &[Part::Say(it.text)]);
            self.scratch.push(Item { time, output: Output::Line { service: it.service, text } });
        }
    }

    fn file_scratch(&mut self) {
        for item in self.scratch.drain(..) {
            self.pending.entry(item.time.div_euclid(BUCKET)).or_default().push(item);
        }
    }

    fn take_due(&mut self, until: Nanos) -> Vec<Item> {
        let mut due = Vec::new();
        while let Some(entry) = self.pending.first_entry() {
            if *entry.key() > until.div_euclid(BUCKET) {
                break;
            }
            let (now, later): (Vec<Item>, Vec<Item>) = entry.remove().into_iter().partition(|item| item.time <= until);
            due.extend(now);
            if !later.is_empty() {
                self.pending.insert(until.div_euclid(BUCKET), later);
                break;
            }
        }
        // Stable, so that items of the same time keep the order in which they were made.
        due.sort_by_key(|item| item.time);
        due
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending: usize = self.pending.values().map(Vec::len).sum();
        f.debug_struct("Shop").field("start", &self.start).field("pending", &pending).finish_non_exhaustive()
    }
}
