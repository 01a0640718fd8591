//! Kubernetes: the logs of pods, and what happens to them, through the API server.
//!
//! | file | what |
//! | --- | --- |
//! | `target` | what is asked for: context, namespace, pods, containers |
//! | `start` | how much of what is there already |
//! | `config` | from a kubeconfig, or from within a pod, to a client |
//! | `api`, `failure`, `object` | requests, what goes wrong with them, and what is read of the answers |
//! | `watch` | list, then watch, without a hole between |
//! | `cluster` | the pods, and a follower for each instance of their containers |
//! | `instance` | a container as it runs once, and what is said of it |
//! | `follower`, `resume`, `lines` | its log: asked for again from where it was, without repeats |
//! | `events` | what happens to pods, as lines |
//! | `report` | what the source says of itself |
//!
//! Sources: Kubernetes API v1 (`pods`, `pods/log`, `events`; "Efficient detection of changes"), and what
//! `pkg/kubelet/kuberuntime/logs` makes of the parameters of a log.

mod api;
mod cluster;
mod config;
mod events;
mod failure;
mod follower;
mod instance;
mod lines;
mod object;
mod report;
mod resume;
mod start;
mod target;
#[cfg(test)]
pub(in crate::source) mod tests;
mod watch;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::retry::keep_trying;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use cluster::Cluster;
use follower::Waits;
use target::{PARAMETERS, Target};

/// What a user would write.
const EXAMPLE: &str = "k8s://prod/shop/app=checkout";

/// The kind `kubernetes`.
#[derive(Debug)]
pub(super) struct KubernetesKind;

impl SourceKind for KubernetesKind {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["k8s"]
    }

    fn about(&self) -> &'static str {
        "Logs of Kubernetes pods and what happens to the pods, through the API server."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[PARAMETERS]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(KubernetesSource { target: Target::of(spec)?, waits: Waits::default() }))
    }
}

/// The pods that one target means.
struct KubernetesSource {
    target: Target,
    waits: Waits,
}

impl Source for KubernetesSource {
    fn label(&self) -> String {
        self.target.label()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let mut cluster = Cluster::new(cx.clone(), self.target, self.waits);
            keep_trying(&cx, &mut cluster).await;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended(cluster.remarks()));
            }
            Ok(())
        }
        .boxed()
    }
}
