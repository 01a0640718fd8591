//! What a trace spends its time on: the operations on its critical path, by the time that they themselves add to it.

use std::collections::HashMap;
use std::sync::Arc;

use super::critical_path::CriticalPath;
use crate::model::{Nanos, Span};

/// An operation of a service on the critical path.
#[derive(Clone, PartialEq, Debug)]
pub struct Bottleneck {
    /// The service.
    pub service: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// How many spans of it are on the path.
    pub spans: usize,
    /// The one of them that adds most, by its place in the slice.
    pub longest: usize,
    /// What they add to the path themselves, in nanoseconds; more than 0.
    pub exclusive_ns: Nanos,
    /// `exclusive_ns` as a share of the path's length, 0 to 1; the shares of all bottlenecks of a trace make 1.
    pub share: f64,
}

/// The operations that time is spent on, most first, of equals by service and operation. What is on the path without
/// time of its own is none. `path` must have been found in `spans`. O(n log n).
pub fn bottlenecks(spans: &[Arc<Span>], path: &CriticalPath) -> Vec<Bottleneck> {
    let mut found: HashMap<(&str, &str), Bottleneck> = HashMap::new();
    for at in path.spans() {
        let (Some(span), added) = (spans.get(at), path.exclusive(at)) else { continue };
        let entry = found.entry((span.service(), &*span.name)).or_insert_with(|| Bottleneck {
            service: span.service().into(),
            operation: Arc::from(&*span.name),
            spans: 0,
            longest: at,
            exclusive_ns: 0,
            share: 0.0,
        });
        entry.spans += 1;
        entry.exclusive_ns = entry.exclusive_ns.saturating_add(added);
        if added > path.exclusive(entry.longest) {
            entry.longest = at;
        }
    }
    let mut found: Vec<Bottleneck> = found.into_values().filter(|it| it.exclusive_ns > 0).collect();
    for it in &mut found {
        it.share = share(it.exclusive_ns, path.length());
    }
    found.sort_by(|a, b| {
        let names = (&a.service, &a.operation).cmp(&(&b.service, &b.operation));
        b.exclusive_ns.cmp(&a.exclusive_ns).then(names)
    });
    found
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn share(part: Nanos, whole: Nanos) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests;
