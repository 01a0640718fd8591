//! One entry as the service gives it: its identity, and who wrote it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::model::{Attributes, Nanos, Resource};

/// What is read of an entry (`google.logging.v2.LogEntry`); all else stays in its line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default)]
    pub(super) log_name: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    receive_timestamp: String,
    /// With the log's name and the time it tells entries apart.
    #[serde(default)]
    pub(super) insert_id: String,
    #[serde(default)]
    resource: Monitored,
}

/// A monitored resource: what kind of thing wrote, and which one.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, Default)]
pub(super) struct Monitored {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Labels of monitored resources, as OpenTelemetry's conventions name what they say.
const NAMES: &[(&str, &str)] = &[
    ("project_id", "cloud.account.id"),
    ("location", "cloud.region"),
    ("region", "cloud.region"),
    ("zone", "cloud.availability_zone"),
    ("cluster_name", "k8s.cluster.name"),
    ("namespace_name", "k8s.namespace.name"),
    ("pod_name", "k8s.pod.name"),
    ("container_name", "k8s.container.name"),
    ("node_name", "k8s.node.name"),
    ("instance_id", "host.id"),
    ("service_name", "service.name"),
    ("function_name", "faas.name"),
    ("module_id", "service.name"),
];

impl Entry {
    /// When it was written, else when it was received.
    pub(super) fn time(&self) -> Option<Nanos> {
        [&self.timestamp, &self.receive_timestamp]
            .into_iter()
            .find_map(|text| chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt())
    }

    /// What wrote it.
    pub(super) fn monitored(&self) -> &Monitored {
        &self.resource
    }

    /// The name of its log, as a person reads it: `run.googleapis.com/stderr`.
    pub(super) fn log(&self) -> String {
        let id = self.log_name.split_once("/logs/").map_or(&*self.log_name, |(_, id)| id);
        percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned()
    }
}

impl Monitored {
    /// Who that is, by OpenTelemetry's names.
    pub(super) fn resource(&self) -> Arc<Resource> {
        let mut attributes = Attributes::default();
        attributes.set("cloud.provider", "gcp");
        if !self.kind.is_empty() {
            attributes.set("gcp.resource_type", self.kind.as_str());
        }
        for (label, value) in self.labels.iter().filter(|(_, value)| !value.is_empty()) {
            let name = NAMES.iter().find(|(known, _)| known == label).map_or(label.as_str(), |(_, name)| name);
            attributes.set(name, value.as_str());
        }
        Arc::new(Resource { attributes })
    }
}
