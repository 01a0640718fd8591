//! What is asked for: which cluster, which namespace, which of its pods and containers, and how far back.

use std::time::Duration;

use glob::Pattern;

use super::EXAMPLE;
use super::object::Pod;
use crate::config::SourceOptions;
use crate::source::{Parameter, SourceError, SourceSpec};

/// The parameters of this kind.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter { name: "kubeconfig", value: "PATH", about: "the kubeconfig; without it $KUBECONFIG or ~/.kube/config" },
    Parameter {
        name: "label_selector",
        value: "SELECTOR",
        about: "only pods with these labels, in any form that kubectl takes: app in (a,b),!canary",
    },
    Parameter {
        name: "field_selector",
        value: "SELECTOR",
        about: "only pods with these fields: spec.nodeName=node-1,status.phase=Running",
    },
    Parameter { name: "container", value: "GLOB,…", about: "only containers with these names" },
    Parameter { name: "exclude_container", value: "GLOB,…", about: "no containers with these names" },
    Parameter {
        name: "previous",
        value: "YES",
        about: "with `yes`, also what the containers wrote that ended before the ones that run; default no",
    },
    Parameter { name: "events", value: "YES", about: "with `no`, without what happens to the pods; default yes" },
    Parameter { name: "since", value: "TIME", about: "of what is there already, what is not older than this: 10m" },
    Parameter { name: "tail", value: "N", about: "of what is there already, so many lines of each container" },
];

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The context's name in the kubeconfig; `None` is the current one, or the cluster that we run in.
    pub(super) context: Option<String>,
    pub(super) namespace: Namespace,
    pub(super) labels: Option<String>,
    pub(super) fields: Option<String>,
    /// The names of pods.
    pods: Option<Pattern>,
    containers: Vec<Pattern>,
    not_containers: Vec<Pattern>,
    pub(super) kubeconfig: Option<String>,
    pub(super) previous: bool,
    pub(super) events: bool,
    pub(super) since: Option<Duration>,
    pub(super) tail: Option<u64>,
    pub(super) options: SourceOptions,
}

/// Where pods are looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Namespace {
    /// That of the context.
    Current,
    All,
    One(String),
}

impl Target {
    /// Reads `//CONTEXT/NAMESPACE/SELECTOR?…`, of which each part may be empty or missing.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let (place, parameters) = spec.selection(&[PARAMETERS])?;
        let place = place.strip_prefix("//").unwrap_or(&place);
        let mut parts = place.splitn(3, '/').map(decoded);
        let mut part = || parts.next().unwrap_or_default();
        let (context, namespace, selector) = (part(), part(), part());
        if context == "*" {
            let why = format!("a source reads one context; name it, or leave it empty for the current one: {EXAMPLE}");
            return Err(SourceError::Spec(why));
        }
        let is_labels = selector.contains(['=', '!', '(', ',']);
        let name = Some(&selector).filter(|name| !is_labels && !is_any(name));
        let written = Some(selector.clone()).filter(|_| is_labels);
        let given = parameters.text("label_selector").map(str::to_owned);
        let labels = [written, given].into_iter().flatten().collect::<Vec<_>>().join(",");
        Ok(Self {
            context: Some(context).filter(|name| !is_any(name)),
            namespace: match namespace.as_str() {
                "" | "-" => Namespace::Current,
                "*" => Namespace::All,
                _ => Namespace::One(namespace),
            },
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            fields: parameters.text("field_selector").map(str::to_owned),
            pods: name.map(|name| pattern(name)).transpose()?,
            containers: patterns(&parameters.list("container"))?,
            not_containers: patterns(&parameters.list("exclude_container"))?,
            kubeconfig: parameters.text("kubeconfig").map(str::to_owned),
            previous: parameters.flag("previous", false)?,
            events: parameters.flag("events", true)?,
            since: parameters.duration("since")?,
            tail: parameters.read("tail", "a whole number of lines")?,
            options: spec.options.clone(),
        })
    }

    /// Whether a pod of this name is asked for.
    pub(super) fn has_pod(&self, name: &str) -> bool {
        self.pods.as_ref().is_none_or(|pods| pods.matches(name))
    }

    /// Whether this pod, which the server has chosen by labels and fields, is asked for.
    pub(super) fn has(&self, pod: &Pod) -> bool {
        self.has_pod(&pod.metadata.name)
    }

    /// Whether a container of this name is asked for.
    pub(super) fn has_container(&self, name: &str) -> bool {
        let fits = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        (self.containers.is_empty() || fits(&self.containers)) && !fits(&self.not_containers)
    }

    /// Whether pods are chosen by more than their names, so that only the server can tell which they are.
    pub(super) fn is_chosen_by_server(&self) -> bool {
        self.labels.is_some() || self.fields.is_some()
    }

    /// How it is called on the screen.
    pub(super) fn label(&self) -> String {
        let mut parts = vec![self.context.as_deref().unwrap_or_default()];
        match &self.namespace {
            Namespace::Current => {}
            Namespace::All => parts.push("*"),
            Namespace::One(name) => parts.push(name),
        }
        parts.extend(self.pods.as_ref().map(Pattern::as_str));
        parts.extend(self.labels.as_deref());
        parts.retain(|part| !part.is_empty());
        format!("k8s {}", parts.join("/")).trim_end().to_owned()
    }
}

/// Whether it says nothing about which.
fn is_any(part: &str) -> bool {
    matches!(part, "" | "-" | "*")
}

fn patterns(list: &[String]) -> Result<Vec<Pattern>, SourceError> {
    list.iter().map(|text| pattern(text)).collect()
}

fn pattern(text: &str) -> Result<Pattern, SourceError> {
    Pattern::new(text).map_err(|error| SourceError::Spec(format!("`{text}` is no pattern of names: {}", error.msg)))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
