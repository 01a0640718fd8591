//! What is read of the objects that the API server sends: the few members that matter, each of which may be missing or
//! null. Names and meanings: Kubernetes API v1, `Pod`, `Event`, `ListMeta`, `Status`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// What every object has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) uid: String,
    pub(super) resource_version: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) owner_references: Vec<Owner>,
}

/// What made an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
}

/// A pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    #[serde(deserialize_with = "or_default")]
    pub(super) metadata: Metadata,
    #[serde(deserialize_with = "or_default")]
    pub(super) spec: PodSpec,
    #[serde(deserialize_with = "or_default")]
    pub(super) status: PodStatus,
}

/// What a pod is to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodSpec {
    pub(super) node_name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) init_containers: Vec<Named>,
    #[serde(deserialize_with = "or_default")]
    pub(super) containers: Vec<Named>,
    #[serde(deserialize_with = "or_default")]
    pub(super) ephemeral_containers: Vec<Named>,
}

/// A container as a pod asks for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) image: String,
}

/// What a pod is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodStatus {
    #[serde(rename = "initContainerStatuses", deserialize_with = "or_default")]
    pub(super) init: Vec<ContainerStatus>,
    #[serde(rename = "containerStatuses", deserialize_with = "or_default")]
    pub(super) containers: Vec<ContainerStatus>,
    #[serde(rename = "ephemeralContainerStatuses", deserialize_with = "or_default")]
    pub(super) ephemeral: Vec<ContainerStatus>,
}

/// How a container is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContainerStatus {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) restart_count: i64,
    #[serde(rename = "containerID")]
    pub(super) container_id: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) state: ContainerState,
    #[serde(deserialize_with = "or_default")]
    pub(super) last_state: ContainerState,
}

/// One of three states; none of them stands for waiting.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContainerState {
    pub(super) running: Option<serde::de::IgnoredAny>,
    pub(super) terminated: Option<Terminated>,
}

/// How a container ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Terminated {
    pub(super) exit_code: i64,
    pub(super) reason: String,
    pub(super) finished_at: Option<String>,
    #[serde(rename = "containerID")]
    pub(super) container_id: String,
}

/// Something that happened to an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(deserialize_with = "or_default")]
    pub(super) metadata: Metadata,
    #[serde(deserialize_with = "or_default")]
    pub(super) involved_object: Involved,
    pub(super) reason: String,
    pub(super) message: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) source: Component,
    pub(super) reporting_component: Option<String>,
    pub(super) count: Option<i64>,
    pub(super) series: Option<Series>,
    pub(super) first_timestamp: Option<String>,
    pub(super) last_timestamp: Option<String>,
    /// With microseconds, where newer reporters set it.
    #[serde(rename = "eventTime")]
    pub(super) micro_time: Option<String>,
}

/// What an event is about. `field_path` names the container: `spec.containers{web}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Involved {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) field_path: String,
}

/// Who reports an event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Component {
    pub(super) component: String,
    pub(super) host: String,
}

/// How often an event has repeated, as newer reporters say it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Series {
    pub(super) count: i64,
    pub(super) last_observed_time: Option<String>,
}

/// Part of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) metadata: ListMetadata,
    #[serde(default = "Vec::new", deserialize_with = "list_or_empty", bound(deserialize = "T: DeserializeOwned"))]
    pub(super) items: Vec<T>,
}

/// Of which moment a list is, and where it goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ListMetadata {
    pub(super) resource_version: String,
    #[serde(rename = "continue")]
    pub(super) next: String,
}

/// One line of a watch.
#[derive(Debug, Deserialize)]
pub(super) struct Watched<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    #[serde(borrow)]
    pub(super) object: &'a serde_json::value::RawValue,
}

/// What a bookmark has, and everything else too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Versioned {
    #[serde(deserialize_with = "or_default")]
    pub(super) metadata: Metadata,
}

/// An answer that is none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) reason: String,
    pub(super) code: u16,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn list_or_empty<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
