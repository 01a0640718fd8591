//! The embedded demo: a simulated web shop whose logs and traces look and fail like a real one's.
//!
//! [`Shop`] is the simulator: pure, in virtual time, the same for the same seed. The source here only maps virtual
//! time to the clock and hands over what is due. Log lines go as text, each service in its own format, so that they
//! take the way that all lines take; spans go as spans when they end.
//!
//! | file | what |
//! | --- | --- |
//! | `shop` | when requests come, and the order of everything that is sent |
//! | `flow` | what a request does in which service, and how it fails |
//! | `incident` | the story: what goes wrong and when |
//! | `idle` | lines that belong to no request |
//! | `trace`, `line` | spans and lines in the making |
//! | `service` | the services, their resources and formats |

mod flow;
mod idle;
mod incident;
mod line;
mod options;
mod random;
mod service;
mod shop;
mod trace;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::MissedTickBehavior;

use super::{
    Batch, LineBatch, MAX_BATCH_BYTES, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState,
};
use crate::model::{Nanos, Span, Zone};
use options::Options;

pub use incident::Incident;
pub use service::Service;
pub use shop::{Item, Output, Shop};

/// How much history is there when the demo starts, at most.
const HISTORY: Nanos = 60 * 1_000_000_000;
/// How many lines that history has at most: well below the default size of a source's queue.
const HISTORY_LINES: i64 = 20_000;
/// History is handed over in steps of this long, so that its batches stay small and in order.
const HISTORY_STEP: Nanos = 250_000_000;
/// How often the live shop hands over what is due.
const TICK: Duration = Duration::from_millis(50);
/// A jump of the clock that is longer than this is a pause of the shop, not work to be made up for.
const LONGEST_LAG: Nanos = 2 * 1_000_000_000;

/// The kind `demo`.
#[derive(Debug)]
pub struct DemoKind;

impl SourceKind for DemoKind {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["demo"]
    }

    fn about(&self) -> &'static str {
        "A simulated web shop with logs, traces and incidents, for trying things out."
    }

    fn example(&self) -> &'static str {
        "demo:?seed=7&rate=200"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Demo { options: Options::parse(&spec.rest)? }))
    }
}

struct Demo {
    options: Options,
}

impl Source for Demo {
    fn label(&self) -> String {
        "shop demo".to_owned()
    }

    fn is_pausable(&self) -> bool {
        false
    }

    fn zone(&self) -> Option<Zone> {
        Some(Zone::UTC)
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin(async move {
            run(self.options, &cx).await;
            Ok(())
        })
    }
}

async fn run(options: Options, cx: &SourceContext) {
    let mut told = cx.clock.now();
    let mut shop = Shop::new(options.seed, options.rate, told - history(options.rate));
    let mut courier = Courier::default();

    let mut reached = told - history(options.rate);
    while reached < told && !cx.shutdown.is_cancelled() {
        reached = told.min(reached + HISTORY_STEP);
        courier.deliver(shop.advance(reached), cx);
        tokio::task::yield_now().await;
    }
    cx.status.set(SourceState::Live(format!("{} services", Service::ALL.len())));

    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = cx.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = cx.clock.now();
        if now - told > LONGEST_LAG {
            shop.pause(now - told);
        }
        // A clock that was set back makes the shop wait until it is caught up, or sends nothing.
        told = now;
        courier.deliver(shop.advance(now), cx);
    }
}

/// How far back the history reaches at `rate` lines a second.
fn history(rate: u32) -> Nanos {
    HISTORY.min(HISTORY_LINES * 1_000_000_000 / i64::from(rate.max(1)))
}

/// Sorts items into batches, one per service's log, and hands them over.
struct Courier {
    lines: Vec<(Service, LineBatch)>,
    origins: Vec<Arc<str>>,
}

impl Default for Courier {
    fn default() -> Self {
        Self {
            lines: Service::ALL.into_iter().map(|service| (service, LineBatch::default())).collect(),
            origins: Service::ALL.into_iter().map(|service| service.name().into()).collect(),
        }
    }
}

impl Courier {
    fn deliver(&mut self, items: Vec<Item>, cx: &SourceContext) {
        let mut spans: Vec<Span> = Vec::new();
        for item in items {
            match item.output {
                Output::Span(span) => spans.push(*span),
                Output::Line { service, text } => {
                    let Some((_, batch)) = self.lines.get_mut(service as usize) else { continue };
                    if batch.bytes.len() + text.len() > MAX_BATCH_BYTES {
                        send(batch, self.origins.get(service as usize), cx);
                    }
                    batch.push(&text);
                }
            }
        }
        // Spans first: a line that is stored then finds its trace already there.
        if !spans.is_empty() {
            cx.intake.offer(Batch::Spans(spans));
        }
        for ((_, batch), origin) in self.lines.iter_mut().zip(&self.origins) {
            send(batch, Some(origin), cx);
        }
    }
}

fn send(batch: &mut LineBatch, origin: Option<&Arc<str>>, cx: &SourceContext) {
    if !batch.is_empty() {
        let full = LineBatch { origin: origin.cloned(), ..std::mem::take(batch) };
        cx.intake.offer(Batch::Lines(full));
    }
}
