//! Zipkin, both ways: asked for its traces over its API ([`backend`]), and stood in for as what tracers send to ([`receiver`]).
//!
//! Speaks the API of Zipkin 2 and 3 as `zipkin2-api.yaml` of openzipkin/zipkin-api has it; what spans are is told by
//! [`crate::parse::zipkin`].

mod answer;
mod backend;
mod question;
mod receiver;
#[cfg(test)]
mod tests;

pub(super) use self::receiver::ZipkinReceiverKind;

use self::backend::Zipkin;
use super::backend::{BackendSource, Endpoints, LinkTemplate, with_backend};
use super::http::Usual;
use super::{Parameter, Source, SourceError, SourceKind, SourceSpec};

const EXAMPLE: &str = "zipkin+http://localhost:9411";

const KNOWN: &[&[Parameter]] = &with_backend(&[]);

/// The kind of backend that asks Zipkin.
pub(super) struct ZipkinKind;

impl SourceKind for ZipkinKind {
    fn name(&self) -> &'static str {
        "zipkin"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["zipkin+http", "zipkin+https"]
    }

    fn about(&self) -> &'static str {
        "Asks Zipkin for traces, over its HTTP API."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        KNOWN
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let address = spec.address(KNOWN, EXAMPLE)?;
        let (scheme, port) = if spec.scheme == "zipkin+https" { ("https", 443) } else { ("http", 9411) };
        let endpoints = Endpoints::new(scheme, &address, port, Usual::default())?;
        // The page may be in front of the API as it is behind a proxy, or beside it as Zipkin itself has it.
        let page = if endpoints.base().ends_with("/zipkin") { "" } else { "/zipkin" };
        let usual = format!("{}{page}/traces/{{trace_id}}", endpoints.base());
        let link = LinkTemplate::of(&address.parameters, Some(usual))?;
        Ok(BackendSource::around(Zipkin { endpoints, page, link }, spec.options.follow))
    }
}
