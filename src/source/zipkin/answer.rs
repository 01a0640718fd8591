//! What Zipkin answers beside traces: lists of names, and who called whom.

use serde::Deserialize;

use crate::model::Dependency;
use crate::source::retry::Trouble;

/// A link between two services.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    parent: String,
    child: String,
    #[serde(default)]
    call_count: u64,
    error_count: Option<u64>,
}

/// `config.json` of the page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    search_enabled: Option<bool>,
}

/// A list of names, sorted.
pub(super) fn names(body: &[u8], place: &str) -> Result<Vec<String>, Trouble> {
    let mut names: Vec<String> = read(body, place, "a list of names")?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Who called whom. A link without errors does not tell their number.
pub(super) fn dependencies(body: &[u8], place: &str) -> Result<Vec<Dependency>, Trouble> {
    let links: Vec<Link> = read(body, place, "a list of dependencies")?;
    let dependency = |link: Link| Dependency {
        parent: link.parent,
        child: link.child,
        calls: link.call_count,
        errors: Some(link.error_count.unwrap_or(0)),
    };
    Ok(links.into_iter().map(dependency).collect())
}

/// What the configuration of Zipkin's own page says of searching.
pub(super) fn is_search_enabled(body: &[u8]) -> Option<bool> {
    let config: Config = serde_json::from_slice(body).ok()?;
    config.search_enabled
}

/// What it means that an answer can not be read.
pub(super) fn unreadable(place: &str, why: impl std::fmt::Display) -> Trouble {
    Trouble::lasting(format!("{place} answered what Zipkin does not: {why}; is this the right server and path?"))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], place: &str, what: &str) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| unreadable(place, format_args!("no {what}: {error}")))
}
