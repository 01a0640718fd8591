//! Grafana Loki: what its query gives, from some time back and then as it comes.
//!
//! Owns the kind and its source. `settings` is what the user says, `answer` what the server does; `pages` asks for ranges,
//! `tail` follows; `reading` puts them together; `record` and `gather` make log records of entries. Speaks the "Loki
//! HTTP API" of versions 2 and 3.

mod answer;
mod gather;
mod pages;
mod reading;
mod record;
mod settings;
mod tail;
#[cfg(test)]
pub(super) mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::reading::Reading;
use self::settings::{PARAMETERS, Settings};
use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The kind of source that asks a Loki.
pub(super) struct LokiKind;

impl SourceKind for LokiKind {
    fn name(&self) -> &'static str {
        "loki"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["loki+http", "loki+https"]
    }

    fn about(&self) -> &'static str {
        "Reads what a LogQL query gives from Grafana Loki, some history first, then what comes."
    }

    fn example(&self) -> &'static str {
        "loki+http://localhost:3100?query={app=\"shop\"}"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(LokiSource { settings: Settings::of(spec)? }))
    }
}

struct LokiSource {
    settings: Settings,
}

impl Source for LokiSource {
    fn label(&self) -> String {
        format!("loki {}", self.settings.place)
    }

    fn is_pausable(&self) -> bool {
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
