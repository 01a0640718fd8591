//! Google Cloud Logging: the entries of a project, from some time back and then as they come.
//!
//! Owns the kind and its source. `settings` is what the user says; `client` asks (Logging API v2, `entries:list`), `entry`
//! is what it needs to know of an entry, `reading` puts them together. Each entry becomes a line of JSON.

mod client;
mod entry;
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

/// The kind of source that lists entries.
pub(super) struct GcpLoggingKind;

impl SourceKind for GcpLoggingKind {
    fn name(&self) -> &'static str {
        "gcp-logging"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["gcp-logging"]
    }

    fn about(&self) -> &'static str {
        "Lists the entries of a project in Google Cloud Logging, and goes on asking for what is new."
    }

    fn example(&self) -> &'static str {
        "gcp-logging://my-project?filter=severity>=WARNING"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(GcpLoggingSource { settings: Settings::of(spec)? }))
    }
}

struct GcpLoggingSource {
    settings: Settings,
}

impl Source for GcpLoggingSource {
    fn label(&self) -> String {
        format!("gcp {}", self.settings.project)
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
