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
use self::call::Calls;
use self::grpc::GrpcJaeger;
use self::web::{Asking, WebJaeger};
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
        let follow = spec.options.follow;
        match &*spec.scheme {
            "jaeger+grpc" => Ok(BackendSource::around(grpc(spec, "http")?, follow)),
            "jaeger+grpcs" => Ok(BackendSource::around(grpc(spec, "https")?, follow)),
            "jaeger+https" => Ok(BackendSource::around(web(spec, "https", 443)?, follow)),
            _ => Ok(BackendSource::around(web(spec, "http", HTTP_PORT)?, follow)),
        }
    }
}

fn web(spec: &SourceSpec, scheme: &str, port: u16) -> Result<WebJaeger, SourceError> {
    let address = spec.address(PARAMETERS, EXAMPLE)?;
    let api = Api::of(&address.parameters)?;
    let endpoints = Endpoints::new(scheme, &address, port, Usual::default())?;
    let link = LinkTemplate::of(&address.parameters, Some(format!("{}/trace/{{trace_id}}", endpoints.base())))?;
    let tenant = address.parameters.text("tenant").map(str::to_owned);
    Ok(WebJaeger::new(Asking { endpoints, tenant }, api, link))
}

/// Where people look is another port, so without the parameter `link` there is none.
fn grpc(spec: &SourceSpec, scheme: &str) -> Result<GrpcJaeger, SourceError> {
    let address = spec.address(PARAMETERS, EXAMPLE)?;
    if Api::of(&address.parameters)? == Some(Api::Json) {
        return Err(SourceError::Spec(format!("api=json: gRPC has api_v3 alone; ask {EXAMPLE}")));
    }
    let endpoints = Endpoints::new(scheme, &address, GRPC_PORT, Usual::default())?.over_http2();
    let link = LinkTemplate::of(&address.parameters, None)?;
    let tenant = address.parameters.text("tenant").map(str::to_owned);
    Ok(GrpcJaeger::new(Calls { endpoints, tenant }, link))
}
