//! A Tempo as it answers: recorded, paged, odd, and not at all.

mod fake;
mod names;
mod search;
mod trace;
mod traceql;

use super::Tempo;
use crate::source::SourceSpec;
use crate::source::asked::{Asked, Reply, Server};
use crate::source::retry::Trouble;

/// A recorded answer.
macro_rules! recorded {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/", $name)).as_slice()
    };
}
use recorded;

/// The backend that `rest` of a URI says.
fn open(rest: &str) -> Result<Tempo, String> {
    crate::source::tls::install_provider();
    let spec = SourceSpec { scheme: "tempo+http".to_owned(), rest: rest.to_owned(), ..SourceSpec::default() };
    Tempo::of(&spec).map_err(|error| error.to_string())
}

/// A server that answers by paths, and 404 for all others as Go does; and a backend that asks it.
async fn serving(answers: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> (Server, Tempo) {
    let server =
        Server::start(move |asked| answers(asked).unwrap_or_else(|| Reply::status(404, "404 page not found\n"))).await;
    let tempo = open(&format!("//{}", server.address)).unwrap();
    (server, tempo)
}

/// An answer in one of Tempo's encodings.
fn typed(content_type: &str, body: &[u8]) -> Reply {
    Reply::Answer { status: 200, headers: vec![("Content-Type", content_type.to_owned())], body: body.to_vec() }
}

/// What a server answers, and what is told of it.
type Case = (fn() -> Reply, &'static str);

fn why<T: std::fmt::Debug>(outcome: Result<T, Trouble>) -> String {
    outcome.unwrap_err().why().to_owned()
}
