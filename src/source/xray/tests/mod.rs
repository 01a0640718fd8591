//! X-Ray against a server that answers what the service's documentation shows, with the SDK's own client between.

mod asking;
mod documents;
mod signing;

use serde_json::Value as Json;

use crate::config::SourceOptions;
use crate::source::asked::{Asked, Reply, Server};
use crate::source::xray::service::Service;
use crate::source::{Clock, SourceSpec};

/// What the service's documentation shows.
fn shown(name: &str) -> Json {
    let path = format!("{}/tests/fixtures/xray/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// X-Ray at a server of the test.
struct Region {
    server: Server,
    service: Service,
    /// What the AWS tools would be told, with keys in it.
    config: tempfile::NamedTempFile,
}

impl Region {
    async fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(handler, "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = geheim\n").await
    }

    async fn with(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static, config: &str) -> Self {
        let server = Server::start(handler).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), config).unwrap();
        let service = service(&format!(
            "//eu-west-1?timeout=5s&endpoint=http://{}&config={}",
            server.address,
            file.path().to_str().unwrap()
        ));
        Self { server, service, config: file }
    }

    /// The bodies of all requests to a path.
    fn asked(&self, path: &str) -> Vec<Json> {
        let all = self.server.asked();
        let those = all.iter().filter(|asked| asked.path == path);
        those.map(|asked| serde_json::from_str(&asked.body).unwrap_or_default()).collect()
    }
}

fn service(rest: &str) -> Service {
    let spec = SourceSpec { scheme: "xray".to_owned(), rest: rest.to_owned(), options: SourceOptions::default() };
    // By our clock it is 2017-07-08T02:00:00Z.
    Service::of(&spec, Clock::from_fn(|| 1_499_479_200_000_000_000)).unwrap()
}

/// A refusal as the service sends it.
fn refusal(status: u16, kind: &str, message: &str) -> Reply {
    let body = serde_json::json!({"Message": message}).to_string().into_bytes();
    let headers = vec![("x-amzn-errortype", format!("{kind}:http://internal.amazon.com/")), JSON];
    Reply::Answer { status, headers, body }
}

/// An answer in JSON.
fn answer(body: &Json) -> Reply {
    Reply::Answer { status: 200, headers: vec![JSON], body: body.to_string().into_bytes() }
}

const JSON: (&str, String) = ("content-type", String::new());
