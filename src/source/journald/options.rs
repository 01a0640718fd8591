//! How a source in the journal is written, and the arguments of `journalctl` that it comes to.

use crate::config::StartAt;
use crate::model::Nanos;
use crate::source::{Parameter, Parameters, SourceError, SourceSpec};

/// How many entries from before are shown.
const HISTORY: u64 = 1000;

/// What the source may be told.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter { name: "unit", value: "UNITS", about: "more units, with commas between; patterns such as `app-*` too" },
    Parameter { name: "priority", value: "LEVEL", about: "only this level and worse, or a range: `err`, `err..info`" },
    Parameter { name: "boot", value: "BOOT", about: "only this boot: an id, or 0 for this one, -1 for the one before" },
    Parameter { name: "identifier", value: "NAMES", about: "only these syslog identifiers, with commas between" },
    Parameter { name: "match", value: "FIELD=VALUE", about: "only entries with such fields, with commas between" },
    Parameter { name: "user", value: "YES", about: "the journal of the calling user's own services" },
    Parameter { name: "directory", value: "PATH", about: "the journal files in this folder, not the machine's own" },
    Parameter {
        name: "file",
        value: "PATH",
        about: "this journal file or pattern of files, read once: it can not be followed",
    },
    Parameter { name: "history", value: "N", about: "how many entries from before are shown; 1000" },
];

/// One source in the journal.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// What is read, as the screen shows it.
    pub(super) place: String,
    /// The arguments that say what to read.
    selection: Vec<String>,
    has_boot: bool,
    history: u64,
    start: StartAt,
    /// Whether to wait for more at the end.
    pub(super) follow: bool,
}

/// Where to begin to read.
#[derive(Clone, Copy, Debug)]
pub(super) enum From<'a> {
    /// Where the user wants it.
    Start,
    /// Behind the entry of this cursor.
    After(&'a str),
    /// With what came since.
    Since(Nanos),
}

impl Options {
    /// What `spec` asks for, whose unit and parameters these are.
    pub(super) fn of(spec: &SourceSpec, unit: &str, parameters: &Parameters) -> Result<Self, SourceError> {
        let wrong = |why: String| Err(SourceError::Spec(format!("`journald:` source: {why}")));
        if unit.starts_with('/') || unit.contains('\0') {
            return wrong(format!(
                "`{}` is no unit; expected such as journald:nginx.service, or journald:?directory=PATH",
                unit.escape_debug()
            ));
        }
        let mut units = parameters.list("unit");
        units.splice(0..0, (!unit.is_empty()).then(|| unit.to_owned()));
        let is_user = parameters.flag("user", false)?;
        let unit_flag = if is_user { "--user-unit" } else { "--unit" };
        let mut selection: Vec<String> = units.iter().map(|unit| format!("{unit_flag}={unit}")).collect();
        selection.extend(parameters.list("identifier").iter().map(|name| format!("--identifier={name}")));
        let places = ["priority", "boot", "directory", "file"];
        let told = places.iter().filter_map(|name| Some(format!("--{name}={}", parameters.text(name)?)));
        selection.extend(told);
        if is_user {
            selection.push("--user".to_owned());
        }
        let matches = parameters.list("match");
        if let Some(bad) = matches.iter().find(|text| !is_match(text)) {
            return wrong(format!("match={bad}: expected FIELD=VALUE with the field in capitals, such as _UID=1000"));
        }
        // They can not be taken for options: a field begins with no dash.
        selection.extend(matches);
        let shown = if selection.is_empty() { String::new() } else { format!(" {}", shown(&units, parameters)) };
        Ok(Self {
            place: format!("journald{shown}").trim_end().to_owned(),
            selection,
            has_boot: parameters.text("boot").is_some(),
            history: parameters.read("history", "a whole number")?.unwrap_or(HISTORY),
            start: spec.options.start,
            follow: spec.options.follow && parameters.text("file").is_none(),
        })
    }

    /// The arguments of `journalctl` that read on from `from`.
    pub(super) fn arguments(&self, from: From<'_>) -> Vec<String> {
        // `--all`, as fields of more than 4 KiB are null without it.
        let mut arguments: Vec<String> = ["--output=json", "--all", "--no-pager"].map(str::to_owned).to_vec();
        if self.follow {
            arguments.push("--follow".to_owned());
        }
        if !self.has_boot {
            // Following means this boot alone where it is not told to show all.
            arguments.push("--merge".to_owned());
        }
        match (from, self.start) {
            (From::After(cursor), _) => arguments.push(format!("--after-cursor={cursor}")),
            // Of what was wanted nothing has come so far: it is wanted still.
            (_, StartAt::Beginning) => {}
            (_, StartAt::Since(time)) | (From::Since(time), StartAt::Tail | StartAt::End) => {
                arguments.push(since(time));
            }
            (From::Start, StartAt::Tail) => arguments.push(format!("--lines={}", self.history)),
            (From::Start, StartAt::End) => arguments.push("--lines=0".to_owned()),
        }
        if !arguments.iter().any(|argument| argument.starts_with("--lines")) && self.follow {
            // Following shows the last ten lines alone where nothing else is said.
            arguments.push("--no-tail".to_owned());
        }
        arguments.extend(self.selection.iter().cloned());
        arguments
    }
}

fn since(time: Nanos) -> String {
    let micros = time.max(0) / 1000;
    format!("--since=@{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Whether it is `FIELD=VALUE`, with a field as the journal names them, or the `+` that means "or".
fn is_match(text: &str) -> bool {
    let is_field = |field: &str| {
        field.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && field.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text == "+" || text.split_once('=').is_some_and(|(field, _)| is_field(field))
}

fn shown(units: &[String], parameters: &Parameters) -> String {
    let names = ["identifier", "priority", "boot", "match", "directory", "file"];
    let others = names.iter().filter_map(|name| Some(format!("{name} {}", parameters.text(name)?)));
    units.iter().cloned().chain(others).collect::<Vec<_>>().join(", ")
}
