//! Passwords and tokens: where they are kept, and how they are fetched at the moment they are needed.
//!
//! A secret never stands in a URI or in the config, as others can read those. Their parameters say where it is: in an
//! environment variable, in a file, or in what a command prints. It is fetched anew for every connection, so that one that
//! was replaced is taken. It is never shown.

use std::fmt;

use super::{Parameter, Parameters, SourceError};

/// The parameters that say where a password is.
pub const PASSWORD: &[Parameter] = &[
    Parameter { name: "password_env", value: "VARIABLE", about: "the environment variable that holds the password" },
    Parameter { name: "password_file", value: "PATH", about: "the file that holds the password" },
    Parameter { name: "password_command", value: "COMMAND", about: "the command that prints the password" },
];

/// The parameters that say where a token is.
pub const TOKEN: &[Parameter] = &[
    Parameter { name: "token_env", value: "VARIABLE", about: "the environment variable that holds the bearer token" },
    Parameter { name: "token_file", value: "PATH", about: "the file that holds the bearer token" },
    Parameter { name: "token_command", value: "COMMAND", about: "the command that prints the bearer token" },
];

/// The parameters that say where an API key is.
pub const API_KEY: &[Parameter] = &[
    Parameter { name: "api_key_env", value: "VARIABLE", about: "the environment variable that holds the API key" },
    Parameter { name: "api_key_file", value: "PATH", about: "the file that holds the API key" },
    Parameter { name: "api_key_command", value: "COMMAND", about: "the command that prints the API key" },
];

/// A password or token. Formats as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Where a secret is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keeper {
    /// In an environment variable.
    Environment(String),
    /// In a file, all of it but the line end.
    File(String),
    /// In what a command prints, run by the shell.
    Command(String),
}

impl Secret {
    /// The secret itself, to be handed to the peer and to nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Keeper {
    /// Where the parameters say that `what` (`password`, `token`, `api_key`) is; else the first variable of `usual`, the
    /// ones that the system's own tools read, that is set; else nowhere.
    pub fn of(parameters: &Parameters, what: &str, usual: &[&str]) -> Result<Option<Self>, SourceError> {
        type Make = fn(String) -> Keeper;
        let kinds: [(&str, Make); 3] = [("env", Self::Environment), ("file", Self::File), ("command", Self::Command)];
        let told = kinds
            .iter()
            .filter_map(|(kind, make)| parameters.text(&format!("{what}_{kind}")).map(|value| make(value.to_owned())));
        let mut told: Vec<Self> = told.collect();
        if told.len() > 1 {
            return Err(SourceError::Spec(format!(
                "{what}_env, {what}_file and {what}_command exclude each other; keep one"
            )));
        }
        let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Ok(told.pop().or_else(|| usual.iter().find(is_set).map(|name| Self::Environment((*name).to_owned()))))
    }

    /// Fetches it. An error says where it was looked for.
    pub async fn fetch(&self) -> Result<Secret, SourceError> {
        let failed = |doing: String, why: String| SourceError::Io { doing, why };
        let text = match self {
            Self::Environment(name) => std::env::var(name).map_err(|_| {
                failed(format!("reading the variable {name}"), "it is not set, or is no text".to_owned())
            })?,
            Self::File(path) => tokio::fs::read_to_string(path)
                .await
                .map_err(|error| failed(format!("reading the secret in {path}"), error.to_string()))?,
            Self::Command(command) => {
                let doing = || format!("running the command for the secret, `{command}`");
                let output = tokio::process::Command::new("sh")
                    .args(["-c", command])
                    .stdin(std::process::Stdio::null())
                    .kill_on_drop(true)
                    .output()
                    .await
                    .map_err(|error| failed(doing(), error.to_string()))?;
                if !output.status.success() {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let said = said.lines().next().unwrap_or_default();
                    return Err(failed(doing(), format!("{}: {said}", output.status)));
                }
                String::from_utf8(output.stdout)
                    .map_err(|_| failed(doing(), "what it printed is no text".to_owned()))?
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(failed(format!("fetching the secret from {self}"), "it is empty".to_owned()));
        }
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "${name}"),
            Self::File(path) => f.write_str(path),
            Self::Command(command) => write!(f, "`{command}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(given: &[(&str, &str)]) -> Result<Option<Keeper>, SourceError> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Keeper::of(&Parameters::new(given, &[PASSWORD])?, "password", &["SPANTAIL_NO_SUCH_VARIABLE", "PATH"])
    }

    #[tokio::test]
    async fn a_secret_is_fetched_from_where_it_is_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "geheim \r\n").unwrap();
        let path = file.path().to_str().unwrap();
        let kept = keeper(&[("password_file", path)]).unwrap().unwrap();
        assert_eq!(kept.fetch().await.unwrap().expose(), "geheim ");
        let kept = keeper(&[("password_command", "printf 'a b\\n'")]).unwrap().unwrap();
        assert_eq!(kept.fetch().await.unwrap().expose(), "a b");
        assert_eq!(keeper(&[]).unwrap(), Some(Keeper::Environment("PATH".to_owned())));
        let kept = keeper(&[("password_env", "PATH")]).unwrap().unwrap();
        assert_eq!(kept.fetch().await.unwrap().expose(), std::env::var("PATH").unwrap());
    }

    #[tokio::test]
    async fn what_fails_says_where_it_was_looked_for() {
        let told = [
            (keeper(&[("password_env", "SPANTAIL_NO_SUCH_VARIABLE")]), "SPANTAIL_NO_SUCH_VARIABLE"),
            (keeper(&[("password_file", "/no/such/file")]), "/no/such/file"),
            (keeper(&[("password_command", "echo no vault >&2; exit 3")]), "no vault"),
            (keeper(&[("password_command", "true")]), "it is empty"),
        ];
        for (kept, expected) in told {
            let error = kept.unwrap().unwrap().fetch().await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(keeper(&[("password_env", "A"), ("password_file", "b")]).is_err());
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::from("geheim".to_owned())), "Secret(…)");
    }
}
