//! Sources of a bench's own, and an ingest that runs to its end.

use futures_util::future::BoxFuture;
use spantail::config::SourceOptions;
use spantail::ingest::{Budgets, Ingest};
use spantail::model::Zone;
use spantail::source::{Clock, Source, SourceContext, SourceError};

/// A source that does what a bench says, and waits where it is made to.
pub(crate) struct Script<F>(pub(crate) F);

impl<F, T> Source for Script<F>
where
    F: FnOnce(SourceContext) -> T + Send + 'static,
    T: Future<Output = Result<(), SourceError>> + Send + 'static,
{
    fn label(&self) -> String {
        "bench".to_owned()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin((self.0)(cx))
    }
}

/// The ingest of one source, with room for `logs` bytes of log lines.
pub(crate) fn start(source: Box<dyn Source>, options: SourceOptions, logs: usize) -> std::io::Result<Ingest> {
    let budgets = Budgets { logs, traces: 1 << 30 };
    Ingest::start(vec![(source, options)], budgets, &Zone::UTC, Clock::system(), None)
}
