//! Entries to log records: labels are who wrote them, structured metadata is what they say beside their text.
//!
//! Loki writes dots in names as underscores; the names of OpenTelemetry's conventions that it is known to have written so
//! get their dots back. What it guessed of a line's level, it puts into `detected_level`.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::{Entry, Labels};
use crate::model::{Attributes, LogRecord, Resource, Scope, Severity, SpanId, TraceId, Value};

/// So many streams are remembered; a query rarely gives more.
const MAX_STREAMS: usize = 4096;

/// Names that Loki wrote with underscores, as OpenTelemetry writes them (semantic conventions 1.37).
const DOTTED: &[(&str, &str)] = &[
    ("service_name", "service.name"),
    ("service_namespace", "service.namespace"),
    ("service_instance_id", "service.instance.id"),
    ("service_version", "service.version"),
    ("deployment_environment", "deployment.environment"),
    ("deployment_environment_name", "deployment.environment.name"),
    ("cloud_region", "cloud.region"),
    ("cloud_availability_zone", "cloud.availability_zone"),
    ("container_name", "container.name"),
    ("container_id", "container.id"),
    ("host_name", "host.name"),
    ("process_pid", "process.pid"),
    ("k8s_cluster_name", "k8s.cluster.name"),
    ("k8s_container_name", "k8s.container.name"),
    ("k8s_cronjob_name", "k8s.cronjob.name"),
    ("k8s_daemonset_name", "k8s.daemonset.name"),
    ("k8s_deployment_name", "k8s.deployment.name"),
    ("k8s_job_name", "k8s.job.name"),
    ("k8s_namespace_name", "k8s.namespace.name"),
    ("k8s_node_name", "k8s.node.name"),
    ("k8s_pod_name", "k8s.pod.name"),
    ("k8s_pod_uid", "k8s.pod.uid"),
    ("k8s_replicaset_name", "k8s.replicaset.name"),
    ("k8s_statefulset_name", "k8s.statefulset.name"),
    ("telemetry_sdk_language", "telemetry.sdk.language"),
    ("telemetry_sdk_name", "telemetry.sdk.name"),
    ("telemetry_sdk_version", "telemetry.sdk.version"),
];

/// Labels that name the service where Loki itself has not (before version 3), the first counts.
const SERVICES: &[&str] = &["service", "app", "application", "app_name", "app_kubernetes_io_name", "container", "job"];
/// What Loki says where it found no service.
const UNKNOWN: &str = "unknown_service";
/// Where a level is told, the first counts. Loki's own guess is the last.
const LEVELS: &[&str] = &["severity_text", "level", "severity", "detected_level"];

/// The streams that were seen, so that their records share who wrote them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    resources: HashMap<Arc<Labels>, Arc<Resource>>,
    scopes: HashMap<(String, String), Arc<Scope>>,
}

impl Streams {
    /// Who wrote the lines of a stream; the same `Arc` for the same labels.
    pub(super) fn resource(&mut self, labels: &Arc<Labels>) -> Arc<Resource> {
        if let Some(known) = self.resources.get(labels) {
            return Arc::clone(known);
        }
        if self.resources.len() >= MAX_STREAMS {
            self.resources.clear();
        }
        let resource = Arc::new(resource(labels));
        self.resources.insert(Arc::clone(labels), Arc::clone(&resource));
        resource
    }

    /// The record that an entry is.
    pub(super) fn record(&mut self, entry: Entry) -> LogRecord {
        let resource = self.resource(&entry.labels);
        let Entry { time, labels, mut metadata, parsed, line } = entry;
        let level = LEVELS.iter().find_map(|name| {
            let word = metadata.get(*name).or_else(|| parsed.get(*name)).or_else(|| labels.get(*name))?;
            Some(Severity::from_name(word.as_bytes())?).map(|severity| (severity, word.clone()))
        });
        // A line that came to Loki by OTLP has the program's time; others have that of whoever read them.
        let number = metadata.remove("severity_number").and_then(|number| number.parse().ok());
        let observed = metadata.remove("observed_timestamp").and_then(|time| time.parse().ok());
        let is_of_program = number.is_some() || observed.is_some();
        let severity =
            number.map_or_else(|| level.as_ref().map_or(Severity::UNSET, |(it, _)| *it), Severity::from_number);
        let severity_text = metadata.remove("severity_text").or(level.map(|(_, word)| word)).unwrap_or_default();
        let trace_id = take(&mut metadata, &["trace_id", "traceid", "traceID"], TraceId::from_hex);
        let span_id = take(&mut metadata, &["span_id", "spanid", "spanID"], SpanId::from_hex);
        let flags = metadata.remove("flags").and_then(|flags| flags.parse().ok()).unwrap_or(0);
        let scope = self.scope(&mut metadata);
        LogRecord {
            time: if is_of_program { time } else { 0 },
            observed_time: observed.unwrap_or(time),
            severity,
            severity_text: severity_text.into(),
            body: Value::from(line),
            attributes: parsed
                .into_iter()
                .chain(metadata)
                .map(|(name, value)| (dotted(&name).to_owned(), value))
                .collect(),
            trace_id,
            span_id,
            flags,
            resource,
            scope,
            ..LogRecord::default()
        }
    }

    fn scope(&mut self, metadata: &mut Labels) -> Arc<Scope> {
        let name = metadata.remove("scope_name").unwrap_or_default();
        let version = metadata.remove("scope_version").unwrap_or_default();
        if self.scopes.len() >= MAX_STREAMS {
            self.scopes.clear();
        }
        let scope = self.scopes.entry((name, version)).or_insert_with_key(|(name, version)| {
            Arc::new(Scope { name: name.as_str().into(), version: version.as_str().into(), ..Scope::default() })
        });
        Arc::clone(scope)
    }
}

/// An id under the first of the usual names that has one; what is none stays where it is.
fn take<T>(metadata: &mut Labels, names: &[&str], read: fn(&[u8]) -> Option<T>) -> Option<T> {
    names.iter().find_map(|name| {
        let id = read(metadata.get(*name)?.as_bytes())?;
        metadata.remove(*name);
        Some(id)
    })
}

fn resource(labels: &Labels) -> Resource {
    let mut attributes: Attributes = labels
        .iter()
        .filter(|(_, value)| *value != UNKNOWN)
        .map(|(name, value)| (dotted(name), value.as_str()))
        .collect();
    if attributes.text("service.name").is_none()
        && let Some(service) = SERVICES.iter().find_map(|name| labels.get(*name))
    {
        attributes.set("service.name", service.as_str());
    }
    Resource { attributes }
}

fn dotted(name: &str) -> &str {
    DOTTED.iter().find(|(written, _)| *written == name).map_or(name, |(_, dotted)| dotted)
}
