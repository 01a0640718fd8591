//! Where the engine listens: as the user says, else as Docker's own command line finds it, else where engines usually do.
//!
//! The order is Docker's: `DOCKER_HOST`, then the context of `DOCKER_CONTEXT` or of the CLI's config, then the default
//! sockets. Of those, the first that exists counts: Docker's, rootless Docker's, Docker Desktop's, Colima's, Rancher
//! Desktop's, and Podman's. Sources: "docker CLI environment variables", "docker context", and the documentation of
//! Podman's `podman-system-service`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::source::SourceError;

/// The environment as the search reads it.
pub(super) type Variable<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// An engine's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Host {
    /// A Unix socket.
    Unix(PathBuf),
    /// A named pipe of Windows.
    Pipe(String),
    /// `HOST:PORT`, with TLS if there is a folder of certificates.
    Tcp(String, Option<Certificates>),
}

/// Where the CLI keeps its certificates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Certificates {
    /// The folder of `ca.pem`, `cert.pem` and `key.pem`.
    pub(super) folder: PathBuf,
    /// Whether the engine's certificate is looked at.
    pub(super) verifies: bool,
}

#[derive(Deserialize)]
struct CliConfig {
    #[serde(rename = "currentContext", default)]
    current_context: String,
}

#[derive(Deserialize)]
struct Context {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    docker: Option<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

impl Host {
    /// Finds the engine. `told` is what the user said. Reads the CLI's files.
    pub(super) fn find(told: Option<&str>, variable: Variable<'_>) -> Result<Self, SourceError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(told) = told.map(str::to_owned).or_else(|| set("DOCKER_HOST")) {
            return Self::parse(&told, certificates(variable));
        }
        let folder = cli_folder(variable);
        if let Some(name) = set("DOCKER_CONTEXT").or_else(|| current_context(folder.as_deref()?))
            && name != "default"
        {
            return Self::of_context(&name, folder.as_deref(), variable);
        }
        Ok(default_socket(variable))
    }

    /// Reads `unix:///PATH`, `tcp://HOST:PORT`, `npipe:////./pipe/NAME`, or a path.
    pub(super) fn parse(text: &str, certificates: Option<Certificates>) -> Result<Self, SourceError> {
        let expected = "expected unix:///PATH or tcp://HOST:PORT";
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            None if text.starts_with('/') => Ok(Self::Unix(text.into())),
            Some(("npipe", pipe)) => Ok(Self::Pipe(pipe.replace('/', "\\"))),
            Some((scheme @ ("tcp" | "http" | "https"), place)) => {
                let place = place.trim_end_matches('/');
                if place.is_empty() || place.contains(['/', '@', '?']) {
                    return Err(SourceError::Spec(format!("host={text}: {expected}")));
                }
                if scheme == "https" && certificates.is_none() {
                    return Err(SourceError::Spec(format!(
                        "host={text}: for TLS set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the folder of ca.pem, \
                         cert.pem and key.pem"
                    )));
                }
                let certificates = certificates.filter(|_| scheme != "http");
                let port = if certificates.is_some() { 2376 } else { 2375 };
                let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
                Ok(Self::Tcp(if has_port { place.to_owned() } else { format!("{place}:{port}") }, certificates))
            }
            Some(("ssh", place)) => Err(SourceError::Spec(format!(
                "the engine is behind ssh://{place}, which spantail does not speak; forward its socket with \
                 `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock {place}` and say host=unix:///tmp/docker.sock"
            ))),
            _ => Err(SourceError::Spec(format!("host={text}: {expected}"))),
        }
    }

    fn of_context(name: &str, folder: Option<&Path>, variable: Variable<'_>) -> Result<Self, SourceError> {
        let contexts = folder.map(|folder| folder.join("contexts")).unwrap_or_default();
        let found = read_folder(&contexts.join("meta")).into_iter().find_map(|entry| {
            let text = std::fs::read(entry.join("meta.json")).ok()?;
            let context: Context = serde_json::from_slice(&text).ok()?;
            // Certificates of a context lie in a folder of the same name as its description.
            (context.name == name).then(|| (context, contexts.join("tls").join(entry.file_name().unwrap_or_default())))
        });
        let missing = || {
            SourceError::Spec(format!(
                "the Docker context `{name}` is not in {}; `docker context ls` lists them, host=unix:///PATH goes \
                 without one",
                contexts.display()
            ))
        };
        let (context, tls) = found.ok_or_else(missing)?;
        let endpoint = context.endpoints.docker.filter(|endpoint| !endpoint.host.is_empty()).ok_or_else(missing)?;
        let own = Some(tls.join("docker")).filter(|folder| folder.is_dir());
        let own = own.map(|folder| Certificates { folder, verifies: !endpoint.skip_tls_verify });
        Self::parse(&endpoint.host, own.or_else(|| certificates(variable)))
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Pipe(pipe) => write!(f, "npipe:{pipe}"),
            Self::Tcp(place, None) => write!(f, "tcp://{place}"),
            Self::Tcp(place, Some(_)) => write!(f, "tcp://{place} with TLS"),
        }
    }
}

/// TLS as the environment asks for it: on by either variable; verified by the first.
fn certificates(variable: Variable<'_>) -> Option<Certificates> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let (verifies, folder) = (set("DOCKER_TLS_VERIFY").is_some(), set("DOCKER_CERT_PATH").map(PathBuf::from));
    if !verifies && folder.is_none() {
        return None;
    }
    Some(Certificates { folder: folder.or_else(|| cli_folder(variable))?, verifies })
}

fn cli_folder(variable: Variable<'_>) -> Option<PathBuf> {
    let told = variable("DOCKER_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    told.or_else(|| Some(home(variable)?.join(".docker")))
}

fn home(variable: Variable<'_>) -> Option<PathBuf> {
    variable("HOME").or_else(|| variable("USERPROFILE")).filter(|home| !home.is_empty()).map(PathBuf::from)
}

fn current_context(folder: &Path) -> Option<String> {
    let text = std::fs::read(folder.join("config.json")).ok()?;
    let config: CliConfig = serde_json::from_slice(&text).ok()?;
    Some(config.current_context).filter(|name| !name.is_empty())
}

fn read_folder(path: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The first socket that exists; Docker's usual one where none does.
fn default_socket(variable: Variable<'_>) -> Host {
    if cfg!(windows) {
        return Host::Pipe(r"\\.\pipe\docker_engine".to_owned());
    }
    let usual = PathBuf::from("/var/run/docker.sock");
    let runtime = variable("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = home(variable);
    let within = |folder: &Option<PathBuf>, path: &str| folder.as_ref().map(|folder| folder.join(path));
    let places = [
        Some(usual.clone()),
        within(&runtime, "docker.sock"),
        within(&home, ".docker/run/docker.sock"),
        within(&home, ".docker/desktop/docker.sock"),
        within(&home, ".colima/default/docker.sock"),
        within(&home, ".rd/docker.sock"),
        within(&runtime, "podman/podman.sock"),
        Some("/run/podman/podman.sock".into()),
    ];
    Host::Unix(places.into_iter().flatten().find(|path| path.exists()).unwrap_or(usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home folder with a CLI's config in it.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let docker = home.path().join(".docker");
        for (name, host) in [("0a", "unix:///run/remote.sock"), ("0b", "tcp://far:2376"), ("0c", "ssh://ann@far")] {
            let meta = docker.join("contexts/meta").join(name);
            std::fs::create_dir_all(&meta).unwrap();
            let text = format!(
                r#"{{"Name":"ctx-{name}","Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
            );
            std::fs::write(meta.join("meta.json"), text).unwrap();
        }
        std::fs::create_dir_all(docker.join("contexts/tls/0b/docker")).unwrap();
        std::fs::write(docker.join("config.json"), r#"{"auths":{},"currentContext":"ctx-0a"}"#).unwrap();
        home
    }

    fn find(told: Option<&str>, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Host::find(told, &variable).map(|host| host.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_engine_is_found_as_dockers_own_client_finds_it() {
        let home = home();
        let home = ("HOME", home.path().to_str().unwrap());
        let host = ("DOCKER_HOST", "tcp://10.0.0.1");
        let told = [
            (Some("unix:///a.sock"), vec![home, host], "unix:///a.sock"),
            (Some("/a.sock"), vec![], "unix:///a.sock"),
            (None, vec![home, host], "tcp://10.0.0.1:2375"),
            (None, vec![home, host, ("DOCKER_TLS_VERIFY", "1")], "tcp://10.0.0.1:2376 with TLS"),
            (None, vec![home, host, ("DOCKER_CERT_PATH", "/certs")], "tcp://10.0.0.1:2376 with TLS"),
            (Some("tcp://[::1]:5"), vec![], "tcp://[::1]:5"),
            (None, vec![home], "unix:///run/remote.sock"),
            (None, vec![home, ("DOCKER_CONTEXT", "ctx-0b")], "tcp://far:2376 with TLS"),
        ];
        for (told, variables, expected) in told {
            assert_eq!(find(told, &variables).as_deref(), Ok(expected), "{told:?} {variables:?}");
        }
    }

    #[test]
    fn what_is_no_engine_says_what_would_be() {
        let home = home();
        let home = ("HOME", home.path().to_str().unwrap());
        for (told, context, expected) in [
            (Some("ftp://x"), "", "expected unix:///PATH or tcp://HOST:PORT"),
            (Some("tcp://"), "", "expected"),
            (Some("https://x"), "", "DOCKER_CERT_PATH"),
            (None, "ctx-0c", "ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ann@far"),
            (None, "none", "`docker context ls` lists them"),
        ] {
            let error = find(told, &[home, ("DOCKER_CONTEXT", context)]).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn of_the_usual_sockets_the_first_that_exists_counts() {
        let runtime = tempfile::tempdir().unwrap();
        let socket = runtime.path().join("podman/podman.sock");
        std::fs::create_dir(runtime.path().join("podman")).unwrap();
        std::fs::write(&socket, "").unwrap();
        let found = find(None, &[("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap())]).unwrap();
        let is_usual = Path::new("/var/run/docker.sock").exists();
        assert!(is_usual || found == format!("unix://{}", socket.display()), "{found}");
    }
}
