//! Which containers: by name, glob or label, and what is known of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use glob::Pattern;

use super::log::Writer;
use crate::model::{Attributes, Resource};
use crate::source::SourceError;

/// Labels of Compose, Docker's and Podman's.
const PROJECT: &[&str] = &["com.docker.compose.project", "io.podman.compose.project"];
const SERVICE: &[&str] = &["com.docker.compose.service", "io.podman.compose.service", "com.docker.swarm.service.name"];
const NUMBER: &str = "com.docker.compose.container-number";

/// So many digits of an id name a container.
const ID_DIGITS: usize = 6;

/// Which containers to follow: of any of the names and with all of the labels.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Selection {
    /// Names, globs and beginnings of ids; empty for all.
    names: Vec<Pattern>,
    /// Labels, and their values where those matter.
    labels: Vec<(String, Option<String>)>,
}

/// One container as the engine lists it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Container {
    /// 64 hexadecimal digits.
    pub(super) id: String,
    /// Its name without the slash.
    pub(super) name: String,
    /// The image as it was asked for.
    pub(super) image: String,
    /// Its labels.
    pub(super) labels: BTreeMap<String, String>,
    /// Whether it may write now.
    pub(super) is_running: bool,
}

impl Selection {
    /// Reads `NAME,GLOB,…` or `label=KEY=VALUE,KEY,…`, or names and then labels. Nothing means all.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let mut selection = Self::default();
        let mut is_label = false;
        for part in text.trim_start_matches('/').split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let label = part.strip_prefix("label=");
            is_label |= label.is_some();
            if is_label {
                let label = label.unwrap_or(part);
                let (key, value) = label.split_once('=').map_or((label, None), |(key, value)| (key, Some(value)));
                if key.is_empty() {
                    return Err(SourceError::Spec(format!("docker:{text}: a label is written label=KEY=VALUE")));
                }
                selection.labels.push((key.to_owned(), value.map(str::to_owned)));
            } else {
                let pattern = Pattern::new(part)
                    .map_err(|error| SourceError::Spec(format!("docker:{text}: `{part}` is no glob: {error}")))?;
                selection.names.push(pattern);
            }
        }
        Ok(selection)
    }

    /// Whether it is one of them.
    pub(super) fn takes(&self, container: &Container) -> bool {
        let has_label = |(key, value): &(String, Option<String>)| {
            container.labels.get(key).is_some_and(|got| value.as_ref().is_none_or(|wanted| wanted == got))
        };
        let is_named = |pattern: &Pattern| {
            pattern.matches(&container.name)
                || container.service().is_some_and(|service| pattern.matches(service))
                || container.project_and_service().is_some_and(|both| pattern.matches(&both))
                || (pattern.as_str().len() >= ID_DIGITS && container.id.starts_with(pattern.as_str()))
        };
        (self.names.is_empty() || self.names.iter().any(is_named)) && self.labels.iter().all(has_label)
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.names.iter().map(|pattern| pattern.as_str().to_owned());
        let labels = self.labels.iter().map(|(key, value)| match value {
            Some(value) => format!("label={key}={value}"),
            None => format!("label={key}"),
        });
        f.write_str(&names.chain(labels).collect::<Vec<_>>().join(","))
    }
}

impl Container {
    fn label(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.labels.get(*name)).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn service(&self) -> Option<&str> {
        self.label(SERVICE)
    }

    fn project_and_service(&self) -> Option<String> {
        Some(format!("{}/{}", self.label(PROJECT)?, self.service()?))
    }

    /// What its lines carry. Compose's containers are called by project and service, and by their number from the second
    /// on; all others by their name.
    pub(super) fn writer(&self) -> Writer {
        let number = self.labels.get(NUMBER).filter(|number| *number != "1");
        let numbered = |both: String| number.map_or(both.clone(), |number| format!("{both}-{number}"));
        let origin = self.project_and_service().map_or_else(|| self.name.clone(), numbered);
        let mut attributes = Attributes::default();
        attributes.set("container.name", self.name.as_str());
        attributes.set("container.id", self.id.as_str());
        attributes.set("container.image.name", self.image.as_str());
        if let Some(service) = self.service() {
            attributes.set("service.name", service);
        }
        if let Some(project) = self.label(PROJECT) {
            attributes.set("service.namespace", project);
        }
        Writer { origin: origin.into(), resource: Arc::new(Resource { attributes }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(name: &str, labels: &[(&str, &str)]) -> Container {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Container { id: "aa86eacfb3b3".repeat(5), name: name.to_owned(), labels, ..Container::default() }
    }

    #[test]
    fn containers_are_chosen_by_name_glob_id_and_label() {
        let compose = [("com.docker.compose.project", "shop"), ("com.docker.compose.service", "web"), ("tier", "")];
        let web = container("shop-web-1", &compose);
        let other = container("db", &[]);
        let cases = [
            ("", true, true),
            ("shop-web-1", true, false),
            ("//db", false, true),
            ("web", true, false),
            ("shop/*", true, false),
            ("d?,shop-*", true, true),
            ("aa86ea", true, true),
            ("aa86", false, false),
            ("label=tier", true, false),
            ("label=tier=front", false, false),
            ("label=com.docker.compose.project=shop,tier", true, false),
            ("label=com.docker.compose.project=shop,label=none", false, false),
            ("db,label=tier", false, false),
        ];
        for (text, is_web, is_other) in cases {
            let selection = Selection::parse(text).unwrap();
            assert_eq!((selection.takes(&web), selection.takes(&other)), (is_web, is_other), "{text}");
        }
        assert!(Selection::parse("a[").unwrap_err().to_string().contains("a["));
        assert!(Selection::parse("label==x").unwrap_err().to_string().contains("label=KEY=VALUE"));
        assert_eq!(Selection::parse("a, b*,label=x=y,z").unwrap().to_string(), "a,b*,label=x=y,label=z");
    }

    #[test]
    fn a_writer_is_called_what_the_user_calls_it() {
        let compose = [("com.docker.compose.project", "shop"), ("com.docker.compose.service", "web")];
        let writer = container("shop-web-1", &compose).writer();
        assert_eq!((&*writer.origin, writer.resource.attributes.text("service.name")), ("shop/web", Some("web")));
        let mut second = container("shop-web-2", &compose);
        second.labels.insert(NUMBER.to_owned(), "2".to_owned());
        assert_eq!(&*second.writer().origin, "shop/web-2");
        let plain = container("db", &[]).writer();
        assert_eq!((&*plain.origin, plain.resource.attributes.text("service.name")), ("db", None));
        assert_eq!(plain.resource.attributes.text("container.name"), Some("db"));
    }
}
