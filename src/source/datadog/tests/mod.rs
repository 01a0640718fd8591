//! Datadog against a server that answers what was recorded from the real one.

mod asking;
mod spans;

use serde_json::Value as Json;

use super::service::Service;
use crate::config::SourceOptions;
use crate::source::asked::{Asked, Reply, Server};
use crate::source::{Clock, SourceSpec};

/// What the service answered.
fn recorded(name: &str) -> String {
    let path = format!("{}/tests/fixtures/datadog/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn service(rest: &str) -> Result<Service, String> {
    crate::source::tls::install_provider();
    let spec = SourceSpec { scheme: "datadog".to_owned(), rest: rest.to_owned(), options: SourceOptions::default() };
    // By our clock it is 2023-06-29T10:52:07Z.
    Service::of(&spec, Clock::from_fn(|| 1_688_035_927_000_000_000)).map_err(|error| error.to_string())
}

/// A site at a server of the test.
async fn site(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Server, Service) {
    let server = Server::start(handler).await;
    let keys = "api_key_command=printf%20k-1&app_key_command=printf%20a-1";
    let service = service(&format!("//datadoghq.com?timeout=5s&endpoint=http://{}&{keys}", server.address)).unwrap();
    (server, service)
}

/// What was asked of the search: its attributes.
fn question(asked: &Asked) -> Json {
    serde_json::from_str::<Json>(&asked.body).unwrap()["data"]["attributes"].clone()
}
