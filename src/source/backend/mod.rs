//! Systems that hold traces and are asked for them: the contract that each keeps, and what all of them share.
//!
//! A backend is a source too, so it stands in the list of sources with its state, and is switched off, on and removed like
//! them. Its [`BackendSource`] sends nothing by itself: whoever has its [`BackendHandle`] asks, and the spans of the answer
//! go through the source's intake into the store, counted like any others.
//!
//! Owns the trait [`Backend`], the source around it ([`handle`]), the servers of one system of which any will do
//! ([`endpoints`]), and the links for humans ([`link`]).

mod endpoints;
mod handle;
mod link;
#[cfg(test)]
mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

pub use endpoints::{Answer, Endpoints};
pub use handle::{BackendHandle, BackendSource};
pub use link::{LinkTemplate, PLACEHOLDERS};

use super::retry::Trouble;
use super::{Parameter, http};
use crate::model::{Dependency, FetchedTrace, Names, TraceId, TracePage, TraceQuery, WantedTrace, Window};

/// The parameter of the backends that are asked through [`Endpoints`]; others have one address.
pub const ALSO: &[Parameter] = &[Parameter {
    name: "also",
    value: "URLS",
    about: "other servers of the same system, with commas between, asked where the first does not answer",
}];

/// The parameters of every backend.
const BACKEND: &[Parameter] = &[
    Parameter {
        name: "link",
        value: "TEMPLATE",
        about: "where a person looks at a trace: http://jaeger.local/trace/{trace_id}",
    },
    Parameter { name: "timeout", value: "TIME", about: "how long an answer may take, 10s without it" },
];

/// The parameters of a backend that speaks HTTP: its `own`, those of every backend, other servers, those of HTTP.
pub const fn with_backend(own: &'static [Parameter]) -> [&'static [Parameter]; 8] {
    let [_, basic, password, token, api_key, tls] = http::with_http(own);
    [own, ALSO, BACKEND, basic, password, token, api_key, tls]
}

/// The parameters of a backend that signs in by itself: its `own` and those of every backend. One with several servers
/// adds [`ALSO`].
pub const fn with_backend_alone(own: &'static [Parameter]) -> [&'static [Parameter]; 2] {
    [own, BACKEND]
}

/// A system that holds traces.
///
/// It keeps no results: every question goes out, and its answer is bounded (the bytes of an answer, the spans of a trace,
/// the depth of what is nested). It speaks `Trouble` as sources do: "what: why; what to do". Whoever asks bounds the time.
/// Ids come out as 16 and 8 bytes whatever the system writes.
pub trait Backend: Send + Sync + 'static {
    /// How the screen names it, short: `jaeger localhost:16686`.
    fn label(&self) -> String;

    /// Asks the least that shows that it answers and lets us in. The text says what is there: `12 services`.
    fn health(&self) -> BoxFuture<'_, Result<String, Trouble>>;

    /// All that it has of one trace. A trace that it does not have is no trouble but no spans.
    fn trace<'a>(&'a self, wanted: &'a WantedTrace) -> BoxFuture<'a, Result<FetchedTrace, Trouble>>;

    /// One page of the traces that are looked for, the latest first where the system can. `page` is the
    /// [`next`](TracePage::next) of the page before. What the system can not be asked for is told in the page's notes.
    fn search<'a>(&'a self, query: &'a TraceQuery, page: Option<&'a str>) -> BoxFuture<'a, Result<TracePage, Trouble>>;

    /// Names that it knows, sorted; empty for a kind of names that it does not tell.
    fn names<'a>(&'a self, _of: &'a Names) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Who called whom in that time; empty where the system does not tell.
    fn dependencies(&self, _window: Window) -> BoxFuture<'_, Result<Vec<Dependency>, Trouble>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Where a person looks at this trace with a browser, where that is known.
    fn link(&self, id: TraceId) -> Option<String>;
}

/// A part of a path, with everything escaped that would end it.
pub fn escaped(part: &str) -> String {
    const KEPT: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(part, &KEPT).to_string()
}
