//! From a kubeconfig, or from within a pod, to a client of the API server.
//!
//! kube reads the file, runs credential plugins and speaks TLS. What is here chooses between the two, keeps plugins from
//! asking questions on the terminal that the screen has, honours `NO_PROXY` as kubectl does, and says what is missing.

use std::path::{Path, PathBuf};

use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::failure::connecting;
use super::target::Target;
use crate::config::nearest;
use crate::source::retry::Trouble;

/// A client, and what is told of it.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) client: Client,
    /// Where the API server is: `https://10.0.0.1:6443`.
    pub(super) server: String,
    /// The context's name; `None` within a cluster.
    pub(super) context: Option<String>,
    /// Its namespace.
    pub(super) namespace: String,
}

/// Makes a client of what the target says. Reads files, and runs the credential plugin that the kubeconfig may name.
pub(super) async fn connect(target: &Target) -> Result<Connected, Trouble> {
    let (mut config, context) = configuration(target).await?;
    // What is refused is told, and tried again by the rules of all sources.
    config.default_retry = false;
    let plugin = config.auth_info.exec.as_mut().map(|exec| {
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        (exec.command.clone().unwrap_or_default(), exec.install_hint.clone())
    });
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let namespace = config.default_namespace.clone();
    // kube runs the plugin right here, and waits for it.
    let client = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    let client = client.map_err(|error| Trouble::lasting(format!("setting up the client: {error}")))?;
    let client = client.map_err(|error| connecting(&server, &error, plugin.as_ref()))?;
    Ok(Connected { client, server, context, namespace })
}

async fn configuration(target: &Target) -> Result<(Config, Option<String>), Trouble> {
    let (file, path) = match &target.kubeconfig {
        Some(path) => (Kubeconfig::read_from(expanded(path)), Some(path)),
        None => (Kubeconfig::read(), None),
    };
    let file = match file {
        Ok(file) => file,
        Err(error) if path.is_none() && is_missing(&error) => return within(target),
        Err(error) => return Err(Trouble::lasting(format!("reading the kubeconfig: {error}"))),
    };
    let context = chosen(&file, target)?;
    let has_own_proxy = proxy_of(&file, &context);
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(file, &options).await;
    let mut config =
        config.map_err(|error| Trouble::lasting(format!("the context `{context}` of the kubeconfig: {error}")))?;
    let host = config.cluster_url.host().unwrap_or_default();
    if !has_own_proxy && bypasses_proxy(host) {
        config.proxy_url = None;
    }
    Ok((config, Some(context)))
}

/// The configuration of a pod's service account.
fn within(target: &Target) -> Result<(Config, Option<String>), Trouble> {
    if let Some(context) = &target.context {
        let why = format!(
            "there is no kubeconfig to find the context `{context}` in: neither $KUBECONFIG nor ~/.kube/config is \
             there; say where it is: kubeconfig=PATH"
        );
        return Err(Trouble::lasting(why));
    }
    let config = Config::incluster().map_err(|error| {
        Trouble::lasting(format!(
            "there is no kubeconfig: neither $KUBECONFIG nor ~/.kube/config is there, and this is no pod ({error}); \
             say where it is: kubeconfig=PATH"
        ))
    })?;
    Ok((config, None))
}

/// The context that is asked for, or the current one; it is there.
fn chosen(file: &Kubeconfig, target: &Target) -> Result<String, Trouble> {
    let names: Vec<&str> = file.contexts.iter().map(|context| context.name.as_str()).collect();
    let there = if names.is_empty() { "it has none".to_owned() } else { format!("there are {}", names.join(", ")) };
    let Some(name) = target.context.as_ref().or(file.current_context.as_ref()).filter(|name| !name.is_empty()) else {
        let why = format!("the kubeconfig has no current context; name one, as in k8s://CONTEXT/: {there}");
        return Err(Trouble::lasting(why));
    };
    if names.contains(&name.as_str()) {
        return Ok(name.clone());
    }
    let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Trouble::lasting(format!("the kubeconfig has no context `{name}`; {near}{there}")))
}

/// Whether the context's cluster names a proxy itself.
fn proxy_of(file: &Kubeconfig, context: &str) -> bool {
    let context = file.contexts.iter().find(|named| named.name == context).and_then(|named| named.context.as_ref());
    let cluster = context.map(|context| context.cluster.as_str());
    let mut clusters = file.clusters.iter().filter(|named| Some(named.name.as_str()) == cluster);
    clusters.any(|named| named.cluster.as_ref().is_some_and(|cluster| cluster.proxy_url.is_some()))
}

/// Whether the environment says that this host is reached without a proxy.
fn bypasses_proxy(host: &str) -> bool {
    let list = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    is_listed(host, &list)
}

/// Loopback, `*`, a host's own name, or one that ends in a domain of the list.
fn is_listed(host: &str, list: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback
        || host == "localhost"
        || list.split(',').map(|entry| entry.trim().trim_start_matches('.')).filter(|entry| !entry.is_empty()).any(
            |entry| entry == "*" || host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
        )
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// A leading `~/` is the home folder, as a shell would read it.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => Path::new(path).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_need_no_proxy_are_told_apart() {
        for (host, list, expected) in [
            ("127.0.0.1", "", true),
            ("[::1]", "", true),
            ("localhost", "", true),
            ("api.shop.example", "", false),
            ("api.shop.example", ".example", true),
            ("api.shop.example", "other, shop.example", true),
            ("api.shop.example", "hop.example", false),
            ("api.shop.example", "*", true),
            ("10.0.0.1", "10.0.0.1", true),
        ] {
            assert_eq!(is_listed(host, list), expected, "{host} in {list:?}");
        }
    }
}
