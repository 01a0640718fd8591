//! What an engine answers, as far as it matters here. Fields that are missing or `null`, and states that are not known,
//! are no errors: engines differ by version and by maker.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Deserialize;

use super::selection::Container;
use crate::model::Nanos;

/// An element of `GET /containers/json`.
#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Listed {
    id: String,
    names: Option<Vec<String>>,
    image: String,
    labels: Option<BTreeMap<String, String>>,
    state: String,
    /// Seconds since 1970.
    created: serde_json::Value,
}

/// `GET /containers/{id}/json`.
#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Inspected {
    config: Config,
    state: State,
    host_config: HostConfig,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Config {
    tty: bool,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    status: String,
    started_at: String,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
struct HostConfig {
    log_config: LogConfig,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
struct LogConfig {
    r#type: String,
}

/// A line of `GET /events`.
#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Event {
    r#type: String,
    action: String,
    actor: Actor,
}

#[derive(Deserialize, Debug, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
    attributes: Option<BTreeMap<String, String>>,
}

/// The body of an error.
#[derive(Deserialize, Debug)]
pub(super) struct Refusal {
    /// What the engine says.
    pub(super) message: String,
}

/// What an event means here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// It writes from now on.
    Started(Container),
    /// It has another name.
    Renamed(Container),
    /// It is no more, by its id.
    Gone(String),
}

impl Listed {
    /// The container, and when it was made, in seconds since 1970.
    pub(super) fn into_container(self) -> (Container, i64) {
        let name = self.names.unwrap_or_default().into_iter().next().unwrap_or_default();
        let container = Container {
            name: bare(&name),
            id: self.id,
            image: self.image,
            labels: self.labels.unwrap_or_default(),
            is_running: may_write(&self.state),
        };
        (container, self.created.as_i64().unwrap_or_default())
    }
}

impl Inspected {
    /// Whether it has a terminal: its log has no frames.
    pub(super) fn is_terminal(&self) -> bool {
        self.config.tty
    }

    /// Whether it may write now.
    pub(super) fn is_running(&self) -> bool {
        may_write(&self.state.status)
    }

    /// When its present or last run began.
    pub(super) fn started(&self) -> Option<Nanos> {
        let time = DateTime::parse_from_rfc3339(&self.state.started_at).ok()?.timestamp_nanos_opt()?;
        (time > 0).then_some(time)
    }

    /// The log driver's name.
    pub(super) fn driver(&self) -> &str {
        &self.host_config.log_config.r#type
    }
}

impl Event {
    /// What it means, if it matters.
    pub(super) fn into_change(self) -> Option<Change> {
        if self.r#type != "container" || self.actor.id.is_empty() {
            return None;
        }
        let mut labels = self.actor.attributes.unwrap_or_default();
        // Labels stand beside the container's own attributes.
        let name = bare(&labels.remove("name").unwrap_or_default());
        let image = labels.remove("image").unwrap_or_default();
        let container = Container { id: self.actor.id, name, image, labels, is_running: true };
        // `health_status: healthy`, `exec_create: sh -c …`.
        match self.action.split(':').next().unwrap_or_default() {
            "start" | "restart" => Some(Change::Started(container)),
            "rename" => Some(Change::Renamed(container)),
            "destroy" | "remove" => Some(Change::Gone(container.id)),
            _ => None,
        }
    }
}

fn may_write(state: &str) -> bool {
    matches!(state, "running" | "paused" | "restarting" | "stopping")
}

/// A name without the slash in front.
fn bare(name: &str) -> String {
    name.strip_prefix('/').unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_engines_are_read() {
        let docker = include_bytes!("../../../tests/fixtures/docker/engine_containers_all.json");
        let podman = include_bytes!("../../../tests/fixtures/docker/podman_containers_all.json");
        for list in [docker.as_slice(), podman] {
            let list: Vec<Listed> = serde_json::from_slice(list).unwrap();
            let all: Vec<Container> = list.into_iter().map(|listed| listed.into_container().0).collect();
            assert_eq!(all.len(), 6);
            let payment = all.iter().find(|container| container.name == "shop-payment").unwrap();
            assert_eq!((payment.id.len(), payment.is_running), (64, true));
            assert_eq!(payment.labels.get("com.docker.compose.service").map(String::as_str), Some("payment"));
            assert!(all.iter().any(|container| container.name == "shop-dead" && !container.is_running));
        }
    }

    #[test]
    fn a_container_is_inspected() {
        let plain: Inspected =
            serde_json::from_slice(include_bytes!("../../../tests/fixtures/docker/engine_inspect_payment.json"))
                .unwrap();
        assert_eq!((plain.is_terminal(), plain.is_running(), plain.driver()), (false, true, "json-file"));
        assert_eq!(plain.started(), Some(1_795_190_191_405_031_982));
        let tty: Inspected =
            serde_json::from_slice(include_bytes!("../../../tests/fixtures/docker/engine_inspect_tty.json")).unwrap();
        assert!(tty.is_terminal());
        assert_eq!(
            serde_json::from_str::<Inspected>(r#"{"State":{"StartedAt":"0001-01-01T00:00:00Z"}}"#).unwrap().started(),
            None
        );
    }

    #[test]
    fn events_mean_what_they_say_up_to_the_colon() {
        let text = include_str!("../../../tests/fixtures/docker/events.jsonl");
        let changes: Vec<Change> =
            text.lines().filter_map(|line| serde_json::from_str::<Event>(line).unwrap().into_change()).collect();
        let [Change::Started(started), Change::Gone(gone)] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((started.name.as_str(), started.image.as_str()), ("shop-web-1", "shop/web:1.4"));
        assert_eq!(started.id, *gone);
        let real = include_str!("../../../tests/fixtures/docker/engine_events.ndjson");
        let started =
            real.lines().filter_map(|line| serde_json::from_str::<Event>(line).unwrap().into_change()).count();
        assert!(started >= 6, "{started}");
    }
}
