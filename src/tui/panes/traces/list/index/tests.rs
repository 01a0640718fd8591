//! Whatever comes and goes, and whenever it is looked at: once nothing changes any more the list is what a new one would be.

use proptest::prelude::*;

use super::*;
use crate::analysis::trace_tree::tests::span;
use crate::config::Columns;
use crate::model::{Span, Status, StatusCode, Zone};
use crate::parse::Rules;
use crate::store::{Accounting, TraceReader, TraceWriter, log_store, trace_table};
use crate::tui::findings::Findings;
use crate::tui::inquiry::Inquiry;
use crate::tui::keymap::KeyNames;
use crate::tui::panes::traces::list::TraceList;
use crate::tui::world::{Settings, TimeFormat};

/// Few enough that a test meets every bound.
const MOST: Most = Most { head: 3, slice: 4, listed: 12, spans: 5 };

fn world(traces: TraceReader) -> World {
    let settings = Settings {
        time: TimeFormat::Utc,
        zone: Zone::UTC,
        aliases: Vec::new(),
        rules: Rules::default(),
        ascii: false,
        columns: Columns::default(),
        title: String::new(),
        recorded: Vec::new(),
        sources: Vec::new(),
        save_as: String::new(),
    };
    World {
        snapshot: log_store(1 << 20, 0).1.snapshot(),
        traces,
        accounting: Accounting::default(),
        services: Vec::new(),
        edges: Vec::new(),
        inquiry: Inquiry::default(),
        findings: Findings::default(),
        now: 0,
        settings,
        keys: KeyNames::default(),
        names_share: None,
    }
}

/// A list of traces, and all that it needs.
struct Desk {
    writer: TraceWriter,
    world: World,
    list: TraceList,
    generation: u64,
    /// What is being asked beside the screen.
    asked: Vec<Question>,
}

impl Desk {
    fn new(budget: usize, filter: &str) -> Self {
        let (writer, reader) = trace_table(budget);
        let mut desk =
            Self { writer, world: world(reader), list: TraceList::default(), generation: 0, asked: Vec::new() };
        desk.list = desk.list_of(filter);
        desk
    }

    fn list_of(&self, filter: &str) -> TraceList {
        let plan = Plan::compile(filter, &self.world.compile_context()).unwrap();
        let mut list = TraceList { filter: (!plan.is_empty()).then(|| Arc::new(plan)), ..TraceList::default() };
        list.index.most = MOST;
        list
    }

    fn add(&mut self, trace: u64, id: u64, is_failed: bool) {
        let made = span(id, id / 2, 1_000 * i64::try_from(trace).unwrap(), 1_000_000);
        let code = if is_failed { StatusCode::Error } else { StatusCode::Unset };
        let made = Span {
            trace_id: TraceId::from_low64(trace + 1).unwrap(),
            status: Status { code, message: Box::default() },
            ..Span::clone(&made)
        };
        self.writer.add(vec![made], "test", 0);
    }

    /// A frame, so long after the one before.
    fn frame(&mut self, after: Nanos) {
        self.world.now += after;
        let mut effects = Vec::new();
        let mut cx = Cx { world: &self.world, effects: &mut effects, generation: &mut self.generation };
        self.list.changed(&mut cx);
        self.asked.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Analyse(question) => Some(question),
            _ => None,
        }));
    }

    fn answer(&mut self) {
        for question in std::mem::take(&mut self.asked) {
            let answer = question.answer(&self.world.traces);
            self.world.findings.answered(question, answer);
        }
    }

    /// Lets time pass until there is nothing to be looked at; whether that ends.
    fn rest(&mut self) -> bool {
        (0..60).any(|_| {
            self.frame(SWEEP);
            self.answer();
            !self.list.is_ticking()
        })
    }
}

/// The same traces listed by a new list.
fn anew(desk: &mut Desk, filter: &str) -> Vec<Arc<Entry>> {
    let list = desk.list_of(filter);
    let before = std::mem::replace(&mut desk.list, list);
    desk.rest();
    std::mem::replace(&mut desk.list, before).traces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn at_rest_the_list_is_what_a_new_one_would_be(
        steps in proptest::collection::vec((0u8..8, 0u64..40, 1u64..8, any::<bool>(), 0i64..400), 1..250),
        filter in prop_oneof![Just(""), Just("status:error"), Just("-status:error")],
        budget in prop_oneof![Just(1usize << 24), Just(60_000)],
    ) {
        let (mut desk, mut next) = (Desk::new(budget, filter), 0);
        for (step, which, id, is_failed, millis) in steps {
            match step {
                0..=2 => {
                    desk.add(next, 1, is_failed);
                    next += 1;
                }
                // A late span, or a second report of one that is there.
                3 | 4 => desk.add(which % (next + 1), id, is_failed),
                5 => desk.answer(),
                _ => desk.frame(millis * 1_000_000),
            }
        }
        prop_assert!(desk.rest(), "there is always more to be looked at");
        let listed = desk.list.traces.clone();
        prop_assert_eq!(listed, anew(&mut desk, filter));
    }
}

#[test]
fn while_traces_come_a_frame_looks_at_a_part_of_them() {
    let mut desk = Desk::new(1 << 24, "");
    for trace in 0..100 {
        desk.add(trace, 1, false);
    }
    desk.frame(SWEEP);
    assert_eq!(desk.list.traces.len(), MOST.listed);
    let spans = |desk: &Desk| {
        let id = TraceId::from_low64(90).unwrap();
        desk.list.traces.iter().find(|entry| entry.id == id).and_then(|entry| entry.spans)
    };
    // One that is not among the last few grows.
    desk.add(89, 2, false);
    desk.frame(SWEEP);
    assert_eq!(spans(&desk), Some(2), "after a second of nothing all are looked at at once");
    desk.add(89, 3, false);
    desk.world.now += SWEEP;
    let mut seen = Vec::new();
    for _ in 0..3 {
        desk.list.index.looked_at = desk.world.now;
        desk.frame(SWEEP / 100);
        seen.push((desk.list.index.sweep.as_ref().map(|sweep| sweep.left), spans(&desk)));
    }
    assert_eq!(seen, [(Some(8), Some(2)), (Some(4), Some(2)), (None, Some(3))], "a part with each frame");
}
