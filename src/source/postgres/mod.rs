//! PostgreSQL: the rows of a table (or a view) of structured logs, each as one line of JSON.
//!
//! Owns how a source is written ([`options`]), the connection ([`link`], [`pgpass`]), what the table looks like ([`table`]), the
//! questions that are asked ([`question`]), how far they got ([`cursor`]), and what errors say ([`trouble`]). Reads in
//! short transactions that can change nothing, and never waits within one.

mod cursor;
mod link;
mod options;
mod pgpass;
mod poll;
mod question;
mod table;
#[cfg(test)]
pub(super) mod tests;
mod trouble;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::options::{Options, PARAMETERS};
use self::poll::Poll;
use super::retry::keep_trying;
use super::secret::PASSWORD;
use super::tls::TLS;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

const EXAMPLE: &str = "postgres://viewer@127.0.0.1:5432/shop?table=agent_logs";

/// The kind of source that reads a table in PostgreSQL.
pub(super) struct PostgresKind;

impl SourceKind for PostgresKind {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["postgres", "postgresql"]
    }

    fn about(&self) -> &'static str {
        "A table of structured logs in PostgreSQL, polled by time and key without losing rows that are committed late."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[PARAMETERS, PASSWORD, TLS]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let options = Options::of(spec, &spec.address(self.parameters(), EXAMPLE)?)?;
        Ok(Box::new(PostgresSource { options }))
    }
}

struct PostgresSource {
    options: Options,
}

impl Source for PostgresSource {
    fn label(&self) -> String {
        format!("postgres {}", self.options.place())
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let mut poll = Poll::new(self.options, cx.clone());
            keep_trying(&cx, &mut poll).await;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended("all that there was is read".to_owned()));
            }
            Ok(())
        }
        .boxed()
    }
}
