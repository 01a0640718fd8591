//! What is run, and how: what stands behind `exec:`, and the options of its table.

use std::path::PathBuf;

use crate::source::{Parameter, Parameters, SourceError, SourceSpec};

/// What a command may be told. A command may hold a `?`, so that none of it stands in the URI.
pub(super) const EXEC: &[Parameter] = &[
    Parameter {
        name: "restart",
        value: "WHEN",
        about: "Whether it is started again when it ends: no (if not said), on-failure or always; with pauses that grow.",
    },
    Parameter { name: "cwd", value: "FOLDER", about: "Where it runs; where spantail does if not said." },
    Parameter { name: "env.", value: "TEXT", about: "A variable of its environment beside those that spantail has." },
];

/// So much of a command is its label, in characters.
const LABEL: usize = 40;

/// When a command that ended is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Restart {
    No,
    OnFailure,
    Always,
}

/// A command and how it is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Job {
    /// For the shell.
    pub(super) command: String,
    /// What the source is called.
    pub(super) name: String,
    pub(super) restart: Restart,
    pub(super) folder: Option<PathBuf>,
    /// Names and values. The values may be secret.
    pub(super) environment: Vec<(String, String)>,
}

impl Job {
    /// Reads what the user wrote.
    pub(super) fn parse(spec: &SourceSpec) -> Result<Self, SourceError> {
        let command = spec.rest.trim().to_owned();
        if command.is_empty() {
            return Err(SourceError::Spec("a command is missing behind exec:, such as 'exec:npm run dev'".to_owned()));
        }
        let parameters = Parameters::new(spec.options.parameters.clone(), &[EXEC])?;
        let restart = match parameters.text("restart") {
            None | Some("no" | "false") => Restart::No,
            Some("on-failure") => Restart::OnFailure,
            Some("always" | "yes" | "true") => Restart::Always,
            Some(other) => {
                return Err(SourceError::Spec(format!("restart={other}: expected no, on-failure or always")));
            }
        };
        let environment: Vec<_> =
            parameters.family("env.").map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if let Some((name, _)) = environment.iter().find(|(name, _)| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(SourceError::Spec(format!("env.{name}: expected the name of a variable behind the dot")));
        }
        Ok(Self {
            name: spec.options.name.clone().unwrap_or_else(|| shortened(&command)),
            environment,
            folder: parameters.text("cwd").map(PathBuf::from),
            // Who does not wait for more does not wait for another run either.
            restart: if spec.options.follow { restart } else { Restart::No },
            command,
        })
    }

    /// How the screen names it.
    pub(super) fn label(&self) -> String {
        shortened(&self.command)
    }
}

/// The command on one line, and not too much of it.
fn shortened(command: &str) -> String {
    let line = command.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LABEL {
        return line;
    }
    line.chars().take(LABEL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceOptions;

    fn job(command: &str, table: &[(&str, &str)]) -> Result<Job, String> {
        let parameters = table.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let options = SourceOptions { parameters, follow: true, ..SourceOptions::default() };
        let spec = SourceSpec { scheme: "exec".to_owned(), rest: command.to_owned(), options };
        Job::parse(&spec).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_is_taken_as_it_is() {
        let plain = job(" curl 'http://x/?a=b' ", &[]).unwrap();
        assert_eq!((&*plain.command, plain.restart, plain.folder), ("curl 'http://x/?a=b'", Restart::No, None));
        let told =
            job("run", &[("restart", "on-failure"), ("cwd", "/srv"), ("env.PORT", "80"), ("env.A", "")]).unwrap();
        assert_eq!((told.restart, told.folder), (Restart::OnFailure, Some("/srv".into())));
        assert_eq!(told.environment, [("A".into(), String::new()), ("PORT".into(), "80".into())]);
        assert_eq!(job("a\n  b", &[]).unwrap().label(), "a b");
        assert_eq!(job(&"ü".repeat(41), &[]).unwrap().label(), format!("{}…", "ü".repeat(39)));
    }

    #[test]
    fn what_is_no_job_is_told() {
        for (command, table, told) in [
            (" ", &[][..], "a command is missing"),
            ("x", &[("restart", "sometimes")], "expected no, on-failure or always"),
            ("x", &[("restrat", "no")], "did you mean `restart`"),
            ("x", &[("env.", "no")], "the name of a variable"),
        ] {
            let error = job(command, table).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
