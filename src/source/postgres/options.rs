//! How a table is written as a source: its address, with what the variables of PostgreSQL's own tools add, and its columns.

use std::time::Duration;

use crate::config::StartAt;
use crate::source::secret::Keeper;
use crate::source::tls::Trust;
use crate::source::{Address, Parameter, SourceError, SourceSpec};

/// The port of PostgreSQL.
const PORT: u16 = 5432;

/// The table where none is named.
const TABLE: &str = "agent_logs";

/// How many rows are shown of what was there before.
const HISTORY: u32 = 1000;

/// The most that may be asked for with `history`.
const MAX_HISTORY: u32 = 100_000;

/// How often the table is asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// How far behind the newest row late ones are looked for.
const OVERLAP: Duration = Duration::from_secs(60);

/// What the source may be told.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter { name: "table", value: "NAME", about: "the table or view, `schema.table` too; agent_logs" },
    Parameter {
        name: "columns.",
        value: "COLUMN",
        about: "which column is what: columns.time=at, columns.level=sev, columns.message=text; others keep their names",
    },
    Parameter { name: "key", value: "COLUMNS", about: "what makes a row unique; the table's primary key" },
    Parameter { name: "where", value: "CONDITION", about: "a condition in SQL that rows must meet" },
    Parameter { name: "interval", value: "TIME", about: "how often the table is asked; 1s" },
    Parameter {
        name: "overlap",
        value: "TIME",
        about: "how far behind the newest row those are looked for that come late; 60s",
    },
    Parameter { name: "notify", value: "CHANNEL", about: "a channel of NOTIFY that says when to ask at once" },
    Parameter { name: "history", value: "N", about: "how many rows from before are shown; 1000" },
    Parameter {
        name: "sslmode",
        value: "MODE",
        about: "disable, prefer (TLS where the server has it, whoever it is), require or verify-full (TLS, and its \
                certificate is checked); prefer",
    },
];

/// How the connection is protected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Tls {
    /// Not at all.
    Disable,
    /// Where the server offers it, against nobody who could change what goes through.
    Prefer,
    /// By a server that can be trusted so.
    Require(Trust),
}

/// One table as a source.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// A name, an address, or the folder of a socket.
    pub(super) host: String,
    pub(super) port: u16,
    authority: String,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) password: Option<Keeper>,
    pub(super) tls: Tls,
    /// The parts of its name: schema and table, or the table alone.
    pub(super) table: Vec<String>,
    /// Which column is what, as role and column.
    pub(super) columns: Vec<(String, String)>,
    pub(super) key: Vec<String>,
    pub(super) condition: Option<String>,
    pub(super) interval: Duration,
    pub(super) overlap: Duration,
    pub(super) notify: Option<String>,
    pub(super) history: u32,
    pub(super) start: StartAt,
    pub(super) follow: bool,
}

impl Options {
    /// What `spec`, whose address is `address`, asks for.
    pub(super) fn of(spec: &SourceSpec, address: &Address) -> Result<Self, SourceError> {
        let parameters = &address.parameters;
        let wrong = |why: String| SourceError::Spec(format!("`{}:` source: {why}", spec.scheme));
        let database = match &*address.path {
            [] => None,
            [name] => Some(name.clone()),
            more => return Err(wrong(format!("`/{}` is more than the name of a database", more.join("/")))),
        };
        let host = Some(address.host.clone()).filter(|host| !host.is_empty()).or_else(|| variable("PGHOST"));
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        let port = match (address.port, variable("PGPORT")) {
            (Some(port), _) => port,
            (None, Some(text)) => text.parse().map_err(|_| wrong(format!("PGPORT={text} is no port")))?,
            (None, None) => PORT,
        };
        let user = address.user.clone().or_else(|| variable("PGUSER")).or_else(|| variable("USER"));
        let user = user.unwrap_or_else(|| "postgres".to_owned());
        let table = parameters.text("table").unwrap_or(TABLE);
        let table: Vec<String> = table.splitn(2, '.').map(str::to_owned).collect();
        if table.iter().any(String::is_empty) {
            return Err(wrong("table: expected such as agent_logs or audit.agent_logs".to_owned()));
        }
        let mode = parameters.text("sslmode").map(str::to_owned).or_else(|| variable("PGSSLMODE"));
        let tls = match mode.as_deref() {
            Some("disable") => Tls::Disable,
            None | Some("prefer" | "allow") => Tls::Prefer,
            Some("require" | "verify-ca" | "verify-full") => Tls::Require(Trust::of(parameters)?),
            Some(other) => {
                return Err(wrong(format!("sslmode={other}: expected disable, prefer, require or verify-full")));
            }
        };
        Ok(Self {
            authority: Address { host: host.clone(), port: Some(port), ..Address::default() }.authority(PORT),
            host,
            port,
            database: database.or_else(|| variable("PGDATABASE")).unwrap_or_else(|| user.clone()),
            user,
            password: Keeper::of(parameters, "password", &["PGPASSWORD"])?,
            tls,
            table,
            columns: parameters.family("columns.").map(|(role, name)| (role.to_owned(), name.to_owned())).collect(),
            key: parameters.list("key"),
            condition: parameters.text("where").map(str::to_owned),
            interval: parameters.duration("interval")?.unwrap_or(INTERVAL).max(Duration::from_millis(10)),
            overlap: parameters.duration("overlap")?.unwrap_or(OVERLAP),
            notify: parameters.text("notify").map(str::to_owned),
            history: parameters.read("history", "a whole number")?.unwrap_or(HISTORY).min(MAX_HISTORY),
            start: spec.options.start,
            follow: spec.options.follow,
        })
    }

    /// Where it is and what is read there, as the screen shows it.
    pub(super) fn place(&self) -> String {
        format!("{}, table {}", self.server(), self.table.join("."))
    }

    /// Which database on which server.
    pub(super) fn server(&self) -> String {
        if self.host.starts_with('/') {
            format!("{}:{}/{}", self.host, self.port, self.database)
        } else {
            format!("{}/{}", self.authority, self.database)
        }
    }
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
