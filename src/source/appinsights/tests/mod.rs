//! Application Insights against a server that answers what its documentation shows.

mod asking;
mod rows;

use serde_json::{Value as Json, json};

use super::service::Service;
use super::settings::Settings;
use crate::config::SourceOptions;
use crate::source::asked::{Asked, Reply, Server};
use crate::source::{Clock, SourceSpec};

/// What the service's documentation shows.
fn shown(name: &str) -> String {
    let path = format!("{}/tests/fixtures/appinsights/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn settings(rest: &str) -> Result<Settings, String> {
    let spec =
        SourceSpec { scheme: "appinsights".to_owned(), rest: rest.to_owned(), options: SourceOptions::default() };
    Settings::of(&spec).map_err(|error| error.to_string())
}

/// An application at a server of the test, with a token or what `parameters` say.
async fn app(parameters: &str, handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Server, Service) {
    crate::source::tls::install_provider();
    let server = Server::start(handler).await;
    let parameters = if parameters.is_empty() { "token_command=printf%20eyJ" } else { parameters };
    let settings = settings(&format!("//app-1?timeout=5s&endpoint=http://{}&{parameters}", server.address)).unwrap();
    // By our clock it is 2026-03-01T10:00:00Z.
    (server, Service::new(settings, Clock::from_fn(|| 1_772_359_200_000_000_000)))
}

/// An answer with one table.
fn table(columns: &[(&str, &str)], rows: &Json) -> Json {
    let columns: Vec<Json> = columns.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})
}

/// The query that was asked.
fn query(asked: &Asked) -> String {
    serde_json::from_str::<Json>(&asked.body).unwrap()["query"].as_str().unwrap().to_owned()
}
