//! The list of all kinds of sources, and how a SOURCE argument finds its kind.

use super::{
    Source, SourceError, SourceKind, SourceSpec, appinsights, azure_logs, cloudwatch, datadog, demo, docker,
    elasticsearch, exec, file, fluent, gcp_logging, jaeger, journald, kubernetes, loki, otlp, otlp_file, postgres,
    redis, stdin, syslog, tempo, tls, xray, zipkin,
};
use crate::config::{SourceOptions, nearest};

/// Every kind of source, one line each.
pub const SOURCES: &[&dyn SourceKind] = &[
    &file::FileKind,
    &stdin::StdinKind,
    &exec::ExecKind,
    &docker::DockerKind,
    &kubernetes::KubernetesKind,
    &journald::JournaldKind,
    &redis::RedisKind,
    &loki::LokiKind,
    &elasticsearch::ElasticsearchKind,
    &cloudwatch::CloudwatchKind,
    &gcp_logging::GcpLoggingKind,
    &azure_logs::AzureLogsKind,
    &postgres::PostgresKind,
    &syslog::SyslogKind,
    &fluent::FluentKind,
    &otlp::OtlpKind,
    &zipkin::ZipkinKind,
    &zipkin::ZipkinReceiverKind,
    &otlp_file::OtlpFileKind,
    &jaeger::JaegerKind,
    &tempo::TempoKind,
    &datadog::DatadogKind,
    &xray::XrayKind,
    &appinsights::AppInsightsKind,
    &demo::DemoKind,
];

/// Makes the source that a SOURCE argument means: `scheme:rest` of a registered scheme, `-` for stdin, else a path
/// (the kind that claims the empty scheme).
pub fn open(argument: &str, options: &SourceOptions) -> Result<Box<dyn Source>, SourceError> {
    let (scheme, rest) = match argument.split_once(':') {
        Some((scheme, rest)) if kind_of(scheme).is_some() => (scheme, rest),
        Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => return Err(unknown_scheme(scheme)),
        _ if argument == "-" => ("-", ""),
        _ => ("", argument),
    };
    let kind = kind_of(scheme).ok_or_else(|| unknown_scheme(scheme))?;
    tls::install_provider();
    kind.open(&SourceSpec { scheme: scheme.to_owned(), rest: rest.to_owned(), options: options.clone() })
}

fn kind_of(scheme: &str) -> Option<&'static dyn SourceKind> {
    SOURCES.iter().copied().find(|kind| kind.schemes().contains(&scheme))
}

fn unknown_scheme(scheme: &str) -> SourceError {
    let known = SOURCES.iter().flat_map(|kind| kind.schemes().iter().copied()).filter(|known| known.len() > 1);
    let hint = nearest(scheme, known).map(|near| format!("did you mean `{near}:`? ")).unwrap_or_default();
    SourceError::Spec(format!("no source is called `{scheme}:`; {hint}`spantail --help` lists them"))
}
