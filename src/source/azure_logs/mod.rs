//! Azure Monitor logs: the rows that a query gives from a Log Analytics workspace, from some time back and as they come.
//!
//! Owns the kind and its source. `settings` is what the user says, `kql` his query; `azure::Asker` asks,
//! `seen` knows which rows were there already, `reading` puts them together. Each row becomes a line of JSON.

mod kql;
mod reading;
mod seen;
mod settings;
#[cfg(test)]
pub(super) mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::reading::Reading;
use self::settings::{PARAMETERS, Settings};
use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The kind of source that queries a workspace.
pub(super) struct AzureLogsKind;

impl SourceKind for AzureLogsKind {
    fn name(&self) -> &'static str {
        "azure-logs"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["azure-logs"]
    }

    fn about(&self) -> &'static str {
        "Queries a Log Analytics workspace of Azure Monitor, and goes on asking for what is new."
    }

    fn example(&self) -> &'static str {
        "azure-logs://00000000-0000-0000-0000-000000000000?table=AppTraces"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        PARAMETERS
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(AzureLogsSource { settings: Settings::of(spec)? }))
    }
}

struct AzureLogsSource {
    settings: Settings,
}

impl Source for AzureLogsSource {
    fn label(&self) -> String {
        format!("azure {}", self.settings.workspace)
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
