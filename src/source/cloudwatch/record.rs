//! An event of a log group as a log record.
//!
//! The event's timestamp is what the sender says, a program or the agent that read its file. It stands as the time at
//! which the record was observed, so that a time in the text itself counts more.

use std::collections::HashMap;
use std::sync::Arc;

use super::target::Target;
use crate::model::{Attributes, LogRecord, Resource, Value};

/// How many streams' resources are kept to be shared.
const MAX_STREAMS: usize = 10_000;
/// Nanoseconds in a millisecond.
const MILLI: i64 = 1_000_000;

/// Makes records of one group's events.
#[derive(Debug)]
pub(super) struct Records {
    base: Attributes,
    streams: HashMap<String, Arc<Resource>>,
}

impl Records {
    pub(super) fn new(target: &Target, region: &str) -> Self {
        let mut base = Attributes::default();
        base.set("cloud.provider", "aws");
        base.set("cloud.region", region);
        base.set("aws.log.group.names", Value::Array(vec![target.name().into()]));
        let service = target.name().rsplit('/').find(|part| !part.is_empty());
        base.set("service.name", service.unwrap_or_else(|| target.name()));
        Self { base, streams: HashMap::new() }
    }

    /// The record of an event: its stream, its time in milliseconds, and its text.
    pub(super) fn record(&mut self, stream: &str, timestamp: i64, message: &str) -> LogRecord {
        LogRecord {
            observed_time: timestamp.saturating_mul(MILLI),
            body: message.trim_end_matches(['\r', '\n']).into(),
            resource: self.resource(stream),
            ..LogRecord::default()
        }
    }

    fn resource(&mut self, stream: &str) -> Arc<Resource> {
        if let Some(known) = self.streams.get(stream) {
            return Arc::clone(known);
        }
        let mut attributes = self.base.clone();
        attributes.set("aws.log.stream.names", Value::Array(vec![stream.into()]));
        let resource = Arc::new(Resource { attributes });
        if self.streams.len() >= MAX_STREAMS {
            self.streams.clear();
        }
        self.streams.insert(stream.to_owned(), Arc::clone(&resource));
        resource
    }
}
