//! Containers as they run once: a container that restarts is another instance, with a log of its own.

use std::sync::Arc;

use super::object::{ContainerStatus, Named, Owner, Pod, Terminated};
use super::target::Target;
use crate::model::{Attributes, Resource, Value};

/// Which instance: a pod's UID, a container's name, and the id that the runtime gave it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Key {
    pub(super) pod: String,
    pub(super) container: String,
    /// Without an id, how often the container has been restarted.
    pub(super) id: String,
}

/// What an instance is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Running,
    /// It has ended, and is the last that ran.
    Ended,
    /// It has ended, and another runs or has run since.
    Previous,
}

/// One instance of a container.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) key: Key,
    pub(super) phase: Phase,
    pub(super) namespace: String,
    pub(super) pod: String,
    /// How it is called on the screen: `namespace/pod/container`, without what goes without saying.
    pub(super) origin: Arc<str>,
    pub(super) resource: Arc<Resource>,
}

impl Instance {
    /// The path of its pod.
    pub(super) fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}", self.namespace, self.pod)
    }
}

/// All instances of a pod's containers that have, or have had, a log.
pub(super) fn instances(pod: &Pod, target: &Target, with_namespace: bool) -> Vec<Instance> {
    let mut found = Vec::new();
    for status in statuses(pod).filter(|status| target.has_container(&status.name)) {
        let phases = phases(status);
        for (phase, id) in phases.into_iter().flatten() {
            if phase != Phase::Previous || target.previous {
                found.push(instance(pod, status, phase, id, with_namespace));
            }
        }
    }
    found
}

/// What has become of the instance `key`, as its pod says.
pub(super) fn phase_of(pod: &Pod, key: &Key) -> Option<Phase> {
    let status = statuses(pod).find(|status| status.name == key.container)?;
    phases(status).into_iter().flatten().find(|(_, id)| *id == key.id).map(|(phase, _)| phase)
}

/// The containers that have run out of memory: which, and how they ended.
pub(super) fn killed(pod: &Pod) -> impl Iterator<Item = (Key, &Terminated)> {
    statuses(pod).flat_map(move |status| {
        let ends = [&status.state.terminated, &status.last_state.terminated].into_iter().flatten();
        ends.filter(|end| end.reason == "OOMKilled")
            .map(move |end| (key(pod, status, id_of(&end.container_id, status.restart_count)), end))
    })
}

/// What is said of everything in a pod.
pub(super) fn pod_attributes(pod: &Pod) -> Attributes {
    let metadata = &pod.metadata;
    let mut attributes = Attributes::default();
    let mut set = |name: &'static str, value: &str| {
        if !value.is_empty() {
            attributes.set(name, value);
        }
    };
    set("k8s.namespace.name", &metadata.namespace);
    set("k8s.pod.name", &metadata.name);
    set("k8s.pod.uid", &metadata.uid);
    set("k8s.node.name", &pod.spec.node_name);
    let workload = metadata.owner_references.iter().find_map(|owner| workload(owner, pod));
    if let Some((name, workload)) = workload {
        set(name, workload);
    }
    let label = ["app.kubernetes.io/name", "app", "k8s-app"].iter().find_map(|name| metadata.labels.get(*name));
    if let Some(service) = label.map(String::as_str).or(workload.map(|(_, name)| name)) {
        set("service.name", service);
    }
    attributes
}

/// What the owner makes pods for. A Deployment's pods belong to a ReplicaSet, whose name is the Deployment's with the
/// hash of the pod's template behind it.
fn workload<'a>(owner: &'a Owner, pod: &Pod) -> Option<(&'static str, &'a str)> {
    let name = owner.name.as_str();
    Some(match owner.kind.as_str() {
        "ReplicaSet" => {
            let hash = pod.metadata.labels.get("pod-template-hash");
            let deployment = hash.and_then(|hash| name.strip_suffix(hash.as_str())?.strip_suffix('-'));
            deployment.map_or(("k8s.replicaset.name", name), |deployment| ("k8s.deployment.name", deployment))
        }
        "StatefulSet" => ("k8s.statefulset.name", name),
        "DaemonSet" => ("k8s.daemonset.name", name),
        "Job" => ("k8s.job.name", name),
        _ => return None,
    })
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = &pod.status;
    status.init.iter().chain(&status.containers).chain(&status.ephemeral)
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Named> {
    pod.spec.init_containers.iter().chain(&pod.spec.containers).chain(&pod.spec.ephemeral_containers)
}

/// The instance that runs or has run, and the one before it. While a container waits for its next start, the last that
/// ran is in `lastState`, and is what the server gives without `previous`.
fn phases(status: &ContainerStatus) -> [Option<(Phase, String)>; 2] {
    let (now, last) = (&status.state, status.last_state.terminated.as_ref());
    let id = |id: &str, restarts| id_of(id, restarts);
    let before = last.map(|last| id(&last.container_id, status.restart_count - 1));
    let current = if now.running.is_some() {
        Some((Phase::Running, id(&status.container_id, status.restart_count)))
    } else if let Some(end) = &now.terminated {
        let known = if end.container_id.is_empty() { &status.container_id } else { &end.container_id };
        Some((Phase::Ended, id(known, status.restart_count)))
    } else {
        return [before.map(|id| (Phase::Ended, id)), None];
    };
    let before = before.filter(|id| current.as_ref().is_none_or(|(_, current)| current != id));
    [before.map(|id| (Phase::Previous, id)), current]
}

/// `containerd://0a1b`, or `#3` where the runtime has not said.
fn id_of(id: &str, restarts: i64) -> String {
    if id.is_empty() { format!("#{restarts}") } else { id.to_owned() }
}

fn key(pod: &Pod, status: &ContainerStatus, id: String) -> Key {
    Key { pod: pod.metadata.uid.clone(), container: status.name.clone(), id }
}

fn instance(pod: &Pod, status: &ContainerStatus, phase: Phase, id: String, with_namespace: bool) -> Instance {
    let metadata = &pod.metadata;
    let mut attributes = pod_attributes(pod);
    attributes.set("k8s.container.name", status.name.as_str());
    if let Some((_, id)) = id.split_once("://") {
        attributes.set("container.id", id);
    }
    let restarts = if phase == Phase::Previous { status.restart_count - 1 } else { status.restart_count };
    attributes.set("k8s.container.restart_count", Value::Int(restarts));
    let spec = containers(pod).find(|container| container.name == status.name);
    let image = spec.map(|container| container.image.as_str()).filter(|image| !image.is_empty());
    let (name, tag) = image_parts(image.unwrap_or(&status.image));
    if !name.is_empty() {
        attributes.set("container.image.name", name);
    }
    if let Some(tag) = tag {
        attributes.set("container.image.tags", Value::Array(vec![tag.into()]));
    }
    let mut origin = metadata.name.clone();
    if with_namespace {
        origin = format!("{}/{origin}", metadata.namespace);
    }
    if containers(pod).nth(1).is_some() {
        origin = format!("{origin}/{}", status.name);
    }
    Instance {
        key: key(pod, status, id),
        phase,
        namespace: metadata.namespace.clone(),
        pod: metadata.name.clone(),
        origin: origin.into(),
        resource: Arc::new(Resource { attributes }),
    }
}

/// `registry:5000/shop/web:1.4@sha256:…` is the image `registry:5000/shop/web` with the tag `1.4`.
fn image_parts(image: &str) -> (&str, Option<&str>) {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_names_with_tags() {
        for (image, expected) in [
            ("shop/web:1.4", ("shop/web", Some("1.4"))),
            ("registry:5000/shop/web", ("registry:5000/shop/web", None)),
            ("registry:5000/shop/web:2@sha256:ab", ("registry:5000/shop/web", Some("2"))),
            ("", ("", None)),
        ] {
            assert_eq!(image_parts(image), expected, "{image}");
        }
    }
}
