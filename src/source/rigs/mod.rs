//! For every kind of source a peer that a test drives: what holds for all of them is tested through these.

mod asked;
mod cloudwatch;
mod docker;
mod fluent;
mod kubernetes;
mod local;
mod stores;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::config::SourceOptions;

/// The other end of a source. It ends when it is dropped.
pub(crate) trait Rig: Send {
    /// The SOURCE argument by which the peer is reached.
    fn argument(&self) -> String;

    /// What the source is told beside.
    fn options(&self) -> SourceOptions {
        SourceOptions::default()
    }

    /// Brings `count` more lines, each of which is one record. Called once the source says that it is live.
    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()>;

    /// Brings what is no message of the protocol, or no text at all, where the peer can.
    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

/// Makes a rig; `None` where this machine lacks the program, which was said on stderr.
pub(crate) type MakeRig = fn() -> BoxFuture<'static, Option<Box<dyn Rig>>>;

/// The rig of every kind, by the kind's name.
pub(crate) const RIGS: &[(&str, MakeRig)] = &[
    ("file", local::file),
    ("exec", local::exec),
    ("syslog", local::syslog),
    ("otlp", local::otlp),
    ("demo", local::demo),
    ("docker", docker::docker),
    ("fluent", fluent::fluent),
    ("kubernetes", kubernetes::kubernetes),
    ("cloudwatch", cloudwatch::cloudwatch),
    ("loki", asked::loki),
    ("elasticsearch", asked::elasticsearch),
    ("gcp-logging", asked::gcp_logging),
    ("azure-logs", asked::azure_logs),
    ("redis", stores::redis),
    ("postgres", stores::postgres),
    ("journald", stores::journald),
];

/// The kinds without a rig, and why.
pub(crate) const WITHOUT: &[(&str, &str)] = &[
    ("stdin", "there is one standard input for all tests; tests/pty and tests/stream have it"),
    ("xray", "is asked and sends nothing by itself; its tests are beside it"),
    ("appinsights", "is asked and sends nothing by itself; its tests are beside it"),
    ("datadog", "is asked and sends nothing by itself; its tests are beside it"),
    ("otlp-file", "a file that ends; its tests are beside it"),
    ("jaeger", "is asked and sends nothing by itself; its tests are beside it"),
    ("tempo", "is asked and sends nothing by itself; its tests are beside it"),
    ("zipkin", "is asked and sends nothing by itself; its tests are beside it"),
    ("zipkin-listen", "brings spans and no lines; its tests are beside it"),
];
