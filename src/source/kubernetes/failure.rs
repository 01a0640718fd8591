//! What goes wrong between us and an API server, and what the user can do about it.

use std::time::Duration;

use kube::client::AuthError;

use crate::source::retry::Trouble;

/// How much of a foreign text is told.
const TOLD: usize = 300;

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said no.
    Refused(Refusal),
    /// There was no answer, or it broke.
    Broken(Trouble),
}

/// An answer that says no: a `Status` with its HTTP code.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The HTTP code.
    pub(super) code: u16,
    /// The server's word for it: `Forbidden`, `Expired`.
    pub(super) reason: String,
    /// The server's sentence.
    pub(super) message: String,
    /// How long the server asks to be left alone.
    pub(super) after: Option<Duration>,
    /// Who said it.
    pub(super) server: String,
}

impl Refusal {
    /// Whether the version that was asked from is too old, and everything has to be listed again.
    pub(super) fn is_expired(&self) -> bool {
        self.code == 410 || matches!(self.reason.as_str(), "Expired" | "Gone")
    }

    /// What became of `verb` on `resource`, with what to do.
    pub(super) fn trouble(&self, verb: &str, resource: &str) -> Trouble {
        let why = self.told(verb, resource);
        match self.code {
            408 | 409 | 410 | 429 | 500.. => Trouble::Passing { why, after: self.after },
            _ => Trouble::lasting(why),
        }
    }

    /// The same as a sentence.
    pub(super) fn told(&self, verb: &str, resource: &str) -> String {
        let Self { code, message, server, .. } = self;
        let message: String = message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
        let colon = if message.is_empty() { "" } else { ": " };
        let hint = match code {
            401 => "; sign in to the cluster again (`kubectl get pods` fails as well, and says more)".to_owned(),
            403 => format!("; ask for a role that allows it (`kubectl auth can-i {verb} {}`)", as_argument(resource)),
            404 => "; is this the right cluster and namespace?".to_owned(),
            _ => String::new(),
        };
        format!("{server} refused to {verb} {resource}, {code}{colon}{message}{hint}")
    }
}

impl Failure {
    /// What it means for the connection that `verb` on `resource` failed.
    pub(super) fn trouble(self, verb: &str, resource: &str) -> Trouble {
        match self {
            Self::Refused(refusal) => refusal.trouble(verb, resource),
            Self::Broken(trouble) => trouble,
        }
    }
}

/// What a client that can not be made, or whose request got no answer, means. `plugin`: the credential plugin's command
/// and what the kubeconfig says on how to install it.
pub(super) fn connecting(server: &str, error: &kube::Error, plugin: Option<&(String, Option<String>)>) -> Trouble {
    let command = plugin.map(|(command, _)| command.as_str()).unwrap_or_default();
    match error {
        kube::Error::Auth(AuthError::AuthExecStart(error)) => {
            let hint = plugin.and_then(|(_, hint)| hint.as_deref()).map(one_line);
            let hint = hint.unwrap_or_else(|| "install it, or put its folder into PATH".to_owned());
            Trouble::lasting(format!("running the credential plugin `{command}` of the kubeconfig: {error}; {hint}"))
        }
        kube::Error::Auth(AuthError::AuthExecRun { status, out, .. }) => {
            // Its arguments are not shown: they may be secrets.
            let said = one_line(&String::from_utf8_lossy(&out.stderr));
            let why = format!("the credential plugin `{command}` ended with {status}: {said}");
            Trouble::lasting(format!("{why}; run `kubectl get pods` in a terminal: it may want you to sign in"))
        }
        kube::Error::Auth(error) => Trouble::lasting(format!("signing in to {server}: {error}")),
        kube::Error::ProxyProtocolDisabled { proxy_url, .. } | kube::Error::ProxyProtocolUnsupported { proxy_url } => {
            let place = proxy_url.host().unwrap_or_default();
            let why = format!("{server} is behind the proxy at {place}, which can not be spoken to");
            Trouble::lasting(format!("{why}; name the cluster in NO_PROXY if it is reached without"))
        }
        _ => unreachable(server, error),
    }
}

/// A connection that did not come about, or broke.
pub(super) fn unreachable(server: &str, error: &(dyn std::error::Error + 'static)) -> Trouble {
    let why = innermost(error);
    let hint = if why.contains("certificate") {
        "; does `certificate-authority` of the kubeconfig belong to this cluster?"
    } else if why.contains("refused") || why.contains("lookup") || why.contains("unreachable") {
        "; does the cluster run, and is this the right context?"
    } else {
        ""
    };
    Trouble::passing(format!("connecting to {server}: {why}{hint}"))
}

/// A resource as kubectl's questions name it.
fn as_argument(resource: &str) -> String {
    match resource.split_once('/') {
        Some((resource, part)) => format!("{resource} --subresource={part}"),
        None => resource.to_owned(),
    }
}

/// The innermost reason, which is the one that says something.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect()
}
