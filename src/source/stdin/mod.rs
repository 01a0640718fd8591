//! Standard input: what is piped into the program, line by line, until its end.
//!
//! Reading blocks, and nothing can interrupt a read of a silent pipe. So a thread of its own reads and hands over
//! chunks as they come, and everything else happens in the async part, which returns on shutdown and leaves the thread
//! behind. The thread reads a duplicate of the descriptor: the terminal's keys are read elsewhere and independently.
//!
//! While the intake is full the pipe fills up and its writer waits; nothing is lost.
//!
//! Limits: a line is cut at [`MAX_LINE_BYTES`](crate::source::MAX_LINE_BYTES). A last line without a line end is
//! handed over at the end of the input, or after it has been unchanged for 1.5 s (a prompt).

mod stream;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

pub(super) use stream::read_stream;

use super::{Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

/// Standard input, written `-`.
pub struct StdinKind;

impl SourceKind for StdinKind {
    fn name(&self) -> &'static str {
        "stdin"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["-"]
    }

    fn about(&self) -> &'static str {
        "Standard input, until its end."
    }

    fn example(&self) -> &'static str {
        "-"
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        if !spec.rest.is_empty() {
            return Err(SourceError::Spec(format!("standard input is written `-` alone, not `-:{}`", spec.rest)));
        }
        Ok(Box::new(StdinSource { open: Box::new(duplicate_stdin) }))
    }
}

type OpenReader = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>;

/// A source over one blocking reader.
pub struct StdinSource {
    open: OpenReader,
}

impl StdinSource {
    /// Reads `reader` instead of the descriptor 0.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self { open: Box::new(move || Ok(Box::new(reader))) }
    }
}

impl Source for StdinSource {
    fn label(&self) -> String {
        "stdin".to_owned()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            cx.status.set(SourceState::Live("standard input".to_owned()));
            read_stream(&cx, "standard input", self.open).await?;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended(String::new()));
            }
            Ok(())
        }
        .boxed()
    }
}

#[cfg(unix)]
fn duplicate_stdin() -> io::Result<Box<dyn Read + Send>> {
    use std::os::fd::AsFd as _;

    let descriptor = io::stdin().as_fd().try_clone_to_owned()?;
    Ok(Box::new(std::fs::File::from(descriptor)))
}

#[cfg(not(unix))]
fn duplicate_stdin() -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(io::stdin()))
}
