//! Elasticsearch and OpenSearch: the documents of an index pattern, from some time back and then as they come.
//!
//! Owns the kind and its source. `settings` is what the user says, `answer` what the server does; `client` asks, `pages`
//! searches page by page, `reading` puts them together. Speaks the search API of Elasticsearch 6 and newer and of
//! OpenSearch. Each document becomes a line of JSON.

mod answer;
mod client;
mod pages;
mod reading;
mod settings;
#[cfg(test)]
pub(super) mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::reading::Reading;
use self::settings::{PARAMETERS, Settings};
use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The kind of source that searches.
pub(super) struct ElasticsearchKind;

impl SourceKind for ElasticsearchKind {
    fn name(&self) -> &'static str {
        "elasticsearch"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["es+http", "es+https"]
    }

    fn about(&self) -> &'static str {
        "Searches an index pattern of Elasticsearch or OpenSearch, and goes on asking for what is new."
    }

    fn example(&self) -> &'static str {
        "es+http://localhost:9200/logs-*?query=log.level:error"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(ElasticsearchSource { settings: Settings::of(spec)? }))
    }
}

struct ElasticsearchSource {
    settings: Settings,
}

impl Source for ElasticsearchSource {
    fn label(&self) -> String {
        format!("es {}/{}", self.settings.place, self.settings.index)
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            keep_trying(&cx, &mut Reading::new(self.settings, cx.clone())).await;
            Ok(())
        }
        .boxed()
    }
}
