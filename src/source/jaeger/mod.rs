//! Jaeger, and what speaks its query API: traces by id, searches, names and who called whom.
//!
//! Owns the kind and its two backends: `web` asks over HTTP, in the API that the server has (`json` or `v3`, of which `api`
//! finds out), `grpc` asks api_v3 over gRPC (`rpc` has its messages, `call` one call). `page` is what is the same for all:
//! pages by a moving end, searches over all services, bounds. Speaks the query API of Jaeger 1 and 2 and of VictoriaTraces.

mod api;
mod call;
mod grpc;
mod json;
mod page;
mod rpc;
#[cfg(test)]
mod tests;
mod v3;
mod web;

use self::api::Api;
use self::grpc::GrpcJaeger;
use self::web::WebJaeger;
use super::backend::{BackendSource, Endpoints, LinkTemplate, with_backend};
use super::http::Usual;
use super::{Parameter, Source, SourceError, SourceKind, SourceSpec};

/// Where Jaeger's query service listens.
const HTTP_PORT: u16 = 16686;
/// The same for gRPC.
const GRPC_PORT: u16 = 16685;

const EXAMPLE: &str = "jaeger+http://localhost:16686";

const OWN: &[Parameter] = &[
    Parameter {
        name: "api",
        value: "API",
        about: "json or v3, the API to be asked; without it, what the server has (auto)",
    },
    Parameter { name: "tenant", value: "NAME", about: "the tenant, sent as x-tenant" },
];

static PARAMETERS: &[&[Parameter]] = &with_backend(OWN);

/// The kind of source that asks a Jaeger for traces.
pub(super) struct JaegerKind;

impl SourceKind for JaegerKind {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["jaeger+http", "jaeger+https", "jaeger+grpc", "jaeger+grpcs"]
    }

    fn about(&self) -> &'static str {
        "Asks Jaeger, or what speaks its query API, for traces."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let address = spec.address(PARAMETERS, EXAMPLE)?;
        let (scheme, is_grpc) = match &*spec.scheme {
            "jaeger+https" => ("https", false),
            "jaeger+grpc" => ("http", true),
            "jaeger+grpcs" => ("https", true),
            _ => ("http", false),
        };
        let port = match (is_grpc, scheme) {
            (true, _) => GRPC_PORT,
            (false, "https") => 443,
            (false, _) => HTTP_PORT,
        };
        let endpoints = Endpoints::new(scheme, &address, port, Usual::default())?;
        let tenant = address.parameters.text("tenant").map(str::to_owned);
        let api = Api::of(&address.parameters)?;
        if is_grpc {
            if api == Some(Api::Json) {
                return Err(SourceError::Spec(format!("api=json: gRPC has api_v3 only; ask {EXAMPLE}")));
            }
            let link = LinkTemplate::of(&address.parameters, None)?;
            return Ok(BackendSource::new(GrpcJaeger::new(endpoints.over_http2(), tenant, link), spec.options.follow));
        }
        let link = LinkTemplate::of(&address.parameters, Some(format!("{}/trace/{{trace_id}}", endpoints.base())))?;
        Ok(BackendSource::new(WebJaeger::new(endpoints, api, tenant, link), spec.options.follow))
    }
}
