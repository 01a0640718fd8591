//! Containers: the logs of those that Docker or Podman run, as their engine keeps them.
//!
//! Speaks the Docker Engine API on a Unix socket, TCP or TLS. Containers that are started later are followed from their
//! start; one that is started again goes on where it stopped. After a restart of the engine each log goes on where it
//! was, without repeats and without loss of what the engine still has ([`cursor`]).
//!
//! Lines are handed over as the `cri` format has them, with the engine's time and the stream.
//!
//! Limits: 500 containers are followed at once ([`fleet`]), a message is at most 4 MiB long ([`frames`]).

mod answer;
mod cursor;
mod engine;
mod fleet;
mod follow;
mod frames;
mod host;
mod log;
mod options;
mod selection;
#[cfg(test)]
pub(super) mod tests;
mod told;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::fleet::Fleet;
use self::options::{DOCKER, Options};
use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec};

/// The kind of source that reads containers' logs.
pub(super) struct DockerKind;

impl SourceKind for DockerKind {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["docker"]
    }

    fn about(&self) -> &'static str {
        "Logs of containers of Docker or Podman, by name, glob or label, as they come and go."
    }

    fn example(&self) -> &'static str {
        "docker:web-*"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[DOCKER]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(DockerSource { options: Options::parse(spec)? }))
    }
}

struct DockerSource {
    options: Options,
}

impl Source for DockerSource {
    fn label(&self) -> String {
        let selection = self.options.selection.to_string();
        if selection.is_empty() { "docker".to_owned() } else { format!("docker {selection}") }
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let follows = self.options.follows;
            let mut fleet = Fleet::new(self.options, cx.clone());
            if follows {
                keep_trying(&cx, &mut fleet).await;
                return Ok(());
            }
            tokio::select! {
                biased;
                () = cx.shutdown.cancelled() => Ok(()),
                outcome = fleet.read_history() => outcome,
            }
        }
        .boxed()
    }
}
