//! Names that Tempo knows: services, operations, tags and their values.

use reqwest::StatusCode;

use super::api::{Api, Question};
use super::traceql;
use crate::model::Names;
use crate::parse::tempo::{tag_names, tag_values};
use crate::source::backend::escaped;
use crate::source::retry::Trouble;

/// Names of one kind, sorted. Without a time, so of what came lately: all else would be read from the store of blocks.
pub(super) async fn of(api: &Api, names: &Names) -> Result<Vec<String>, Trouble> {
    let values_of = |scoped: &str| format!("/api/v2/search/tag/{}/values", escaped(scoped));
    let old_values_of = |tag: &str| format!("/api/search/tag/{}/values", escaped(tag));
    let (new, old, filter) = match names {
        Names::Services => (values_of("resource.service.name"), old_values_of("service.name"), None),
        Names::Operations { service } => (values_of("name"), old_values_of("name"), Some(traceql::of_service(service))),
        Names::Tags => ("/api/v2/search/tags".to_owned(), "/api/search/tags".to_owned(), None),
        Names::TagValues { tag } => (values_of(&traceql::attribute(tag)), old_values_of(tag), None),
    };
    let body = ask(api, new, old, filter.as_deref()).await?;
    let read = if *names == Names::Tags { tag_names } else { tag_values };
    read(&body).map_err(|error| api.is_another(&error))
}

/// Asks by the second version, and by the first where that is not there, which knows no filter.
async fn ask(api: &Api, new: String, old: String, filter: Option<&str>) -> Result<Vec<u8>, Trouble> {
    if !api.tags.is_old() {
        let question = Question { path: new, query: filter.map(|filter| ("q", filter)).into_iter().collect() };
        let answer = api.get(&question, "application/json").await?;
        if answer.status != StatusCode::NOT_FOUND {
            return api.success(answer, filter.unwrap_or_default());
        }
    }
    let body = api.json(&Question { path: old, query: Vec::new() }, "").await?;
    api.tags.is_found_old();
    Ok(body)
}
