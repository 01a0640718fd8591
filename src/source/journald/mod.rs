//! The systemd journal, read by `journalctl`: it knows every version of the files, and whose entries may be seen.
//!
//! Owns how a source is written ([`options`]), the child that reads ([`child`]), and what of its output is handed over
//! ([`entries`]): each entry as one line of JSON, as it came, and made whole where journald cut it ([`pieces`]). The child is killed with the source. Where it dies by itself it
//! is started again behind the last entry that was handed over, so nothing is lost or repeated.
//!
//! While the intake is full nothing is read and `journalctl` waits; the journal keeps what comes.

mod child;
mod entries;
mod options;
mod pieces;
#[cfg(test)]
pub(super) mod tests;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::child::Reader;
use self::options::{Options, PARAMETERS};
use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

/// The kind of source that reads the systemd journal.
pub(super) struct JournaldKind;

impl SourceKind for JournaldKind {
    fn name(&self) -> &'static str {
        "journald"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["journald"]
    }

    fn about(&self) -> &'static str {
        "The systemd journal, all of it or one unit's, live and with its history."
    }

    fn example(&self) -> &'static str {
        "journald:nginx.service"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[PARAMETERS]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let (unit, parameters) = spec.selection(self.parameters())?;
        Ok(Box::new(JournaldSource { options: Options::of(spec, &unit, &parameters)? }))
    }
}

struct JournaldSource {
    options: Options,
}

impl Source for JournaldSource {
    fn label(&self) -> String {
        self.options.place.clone()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let mut reader = Reader::new(self.options, cx.clone());
            keep_trying(&cx, &mut reader).await;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended("all that there was is read".to_owned()));
            }
            Ok(())
        }
        .boxed()
    }
}
