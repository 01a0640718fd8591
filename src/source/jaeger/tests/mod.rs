//! The backends against servers in the test that answer as recorded ones did, page, refuse, break off and are late.

mod choice;
mod grpc;
mod json;
#[cfg(feature = "real-servers")]
mod real;
mod v3;

use super::web::WebJaeger;
use crate::model::{TraceHit, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::asked::{Asked, Reply, Server};
use crate::source::retry::Trouble;
use crate::source::{SourceError, SourceSpec, tls};

macro_rules! fixture {
    ($name:literal) => {
        &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/jaeger/", $name))[..]
    };
}
use fixture;

/// The time in which the traces of the fixtures began.
const WINDOW: Window = Window { from: 1_795_187_880_000_000_000, to: 1_795_188_980_000_000_000 };

/// The page that Jaeger shows for every path that it does not know.
const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"></html>";

fn spec(scheme: &str, rest: &str) -> SourceSpec {
    tls::install_provider();
    SourceSpec { scheme: scheme.to_owned(), rest: rest.to_owned(), ..SourceSpec::default() }
}

fn try_web(rest: &str) -> Result<WebJaeger, SourceError> {
    super::web(&spec("jaeger+http", rest), "http", super::HTTP_PORT)
}

/// A backend that asks `server`; `rest` is what stands behind its address.
fn web(server: &Server, rest: &str) -> WebJaeger {
    try_web(&format!("//{}{rest}", server.address)).unwrap()
}

fn id(hex: &str) -> TraceId {
    TraceId::from_hex(hex.as_bytes()).unwrap()
}

fn wanted(hex: &str) -> WantedTrace {
    WantedTrace::of(id(hex))
}

fn query(service: Option<&str>, limit: usize) -> TraceQuery {
    TraceQuery { service: service.map(str::to_owned), ..TraceQuery::all(WINDOW, limit) }
}

/// The refusal of a path that is not there, as Go's router writes it.
fn missing() -> Reply {
    Reply::status(404, fixture!("err_404.txt"))
}

/// Whether trouble may pass, and what it says.
fn told<T: std::fmt::Debug>(outcome: Result<T, Trouble>) -> (bool, String) {
    let trouble = outcome.unwrap_err();
    (matches!(trouble, Trouble::Passing { .. }), trouble.why().to_owned())
}

/// The paths that were asked for, in order.
fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

fn ids(hits: &[TraceHit]) -> Vec<String> {
    hits.iter().map(|hit| hit.id.to_string()).collect()
}

/// A Jaeger 1 or an early 2, as far as it was recorded: the JSON API, and the page for everything else.
fn json_alone(asked: &Asked) -> Reply {
    match &*asked.path {
        "/api/services" => Reply::ok(fixture!("services.json")),
        "/api/services/checkout/operations" => Reply::ok(fixture!("operations_by_service.json")),
        "/api/dependencies" => Reply::ok(fixture!("dependencies.json")),
        "/api/traces" if !asked.query.contains_key("service") => Reply::status(400, fixture!("find_no_service.json")),
        "/api/traces" if asked.query["service"] == "storefront" => Reply::ok(fixture!("find_service.json")),
        "/api/traces" => Reply::ok(fixture!("find_none.json")),
        "/api/traces/a3f61f78895e1fc4767d8de74c4ff08d" => Reply::ok(fixture!("trace_psp.json")),
        path if path.starts_with("/api/traces/") => Reply::status(404, fixture!("trace_unknown_404.json")),
        _ => Reply::ok(PAGE),
    }
}
