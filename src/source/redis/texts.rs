//! Payloads to lines: what was published or pushed is a text of one or more lines, from one part of the source.

use std::sync::Arc;

use crate::model::{Attributes, Resource};
use crate::parse::join::JoinRule;
use crate::source::lines::LineSplitter;
use crate::source::{LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// A channel, a stream or a list: where its lines are shown to come from.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: Arc<str>,
    pub(super) resource: Arc<Resource>,
}

impl Part {
    /// The part called `name`. Names what OpenTelemetry names so ("Messaging Spans").
    pub(super) fn new(name: &str) -> Self {
        let mut attributes = Attributes::default();
        attributes.set("messaging.system", "redis");
        attributes.set("messaging.destination.name", name);
        Self { name: name.into(), resource: Arc::new(Resource { attributes }) }
    }
}

/// Lines that wait to be handed over, in batches of one part each.
#[derive(Default)]
pub(super) struct Texts {
    done: Vec<LineBatch>,
    open: LineBatch,
}

impl Texts {
    /// Appends what one payload holds, as the records that `rule` makes of its lines. Nothing of an empty one is left out:
    /// it is an empty line.
    pub(super) fn add(&mut self, part: &Part, payload: &[u8], rule: &JoinRule) {
        let is_other = self.open.origin.as_ref().is_some_and(|origin| !Arc::ptr_eq(origin, &part.name));
        if is_other || self.open.bytes.len().saturating_add(payload.len()) > MAX_BATCH_BYTES {
            self.close();
        }
        self.open.origin.get_or_insert_with(|| Arc::clone(&part.name));
        self.open.resource.get_or_insert_with(|| Arc::clone(&part.resource));
        if payload.len() < MAX_LINE_BYTES && !payload.contains(&b'\n') {
            self.open.push(payload);
        } else {
            self.split(part, payload, rule);
        }
    }

    /// All that waits, in order. None of the batches is empty or too large.
    pub(super) fn take(&mut self) -> Vec<LineBatch> {
        self.close();
        std::mem::take(&mut self.done)
    }

    fn split(&mut self, part: &Part, payload: &[u8], rule: &JoinRule) {
        let mut splitter = LineSplitter::new(rule);
        let mut rest = payload;
        while !rest.is_empty() {
            let taken = splitter.feed(rest, &mut self.open);
            rest = rest.get(taken..).unwrap_or_default();
            if !rest.is_empty() {
                self.close();
                self.begin(part);
            }
        }
        self.close();
        self.begin(part);
        while splitter.flush(&mut self.open) {
            self.close();
            self.begin(part);
        }
    }

    fn begin(&mut self, part: &Part) {
        self.open.origin = Some(Arc::clone(&part.name));
        self.open.resource = Some(Arc::clone(&part.resource));
    }

    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.is_empty() {
            self.done.push(open);
        }
    }
}
