//! A session file as any other OTLP reader sees it: zstd, and one request a line.

use std::fs;
use std::path::Path;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

/// The scope whose records describe the session instead of being part of it.
const OWN_SCOPE: &str = "spantail.session";

/// What is in a session file, each with the name of its service.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) logs: Vec<(String, LogRecord)>,
    pub(crate) spans: Vec<(String, Span)>,
}

impl Recorded {
    /// Reads a file; fails where a line is no OTLP request.
    pub(crate) fn read(path: &Path) -> Self {
        let packed = fs::read(path).unwrap();
        let text = String::from_utf8(zstd::decode_all(&packed[..]).unwrap()).unwrap();
        let mut recorded = Self::default();
        for line in text.lines() {
            if line.starts_with(r#"{"resourceSpans""#) {
                recorded.take_spans(serde_json::from_str(line).unwrap());
            } else {
                assert!(line.starts_with(r#"{"resourceLogs""#), "what is {line}?");
                recorded.take_logs(serde_json::from_str(line).unwrap());
            }
        }
        recorded
    }

    fn take_spans(&mut self, request: ExportTraceServiceRequest) {
        for resource in request.resource_spans {
            let service = service(resource.resource.as_ref());
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.spans.extend(spans.map(|span| (service.clone(), span)));
        }
    }

    fn take_logs(&mut self, request: ExportLogsServiceRequest) {
        for resource in request.resource_logs {
            let service = service(resource.resource.as_ref());
            let scopes = resource.scope_logs.into_iter();
            let foreign = scopes.filter(|scope| scope.scope.as_ref().is_none_or(|scope| scope.name != OWN_SCOPE));
            self.logs.extend(foreign.flat_map(|scope| scope.log_records).map(|log| (service.clone(), log)));
        }
    }
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    let named = attributes.iter().find(|attribute| attribute.key == "service.name");
    match named.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(name)) => name.clone(),
        _ => String::new(),
    }
}
