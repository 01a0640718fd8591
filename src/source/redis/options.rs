//! How a source in Redis is written: its address, what is read there, and where to begin.

use std::time::Duration;

use crate::config::StartAt;
use crate::source::secret::Keeper;
use crate::source::tls::Trust;
use crate::source::{Address, Parameter, SourceError, SourceSpec};

/// The port of Redis.
const PORT: u16 = 6379;

/// How many entries of a stream or a list are shown of what was there before.
const HISTORY: usize = 1000;

/// The most that may be asked for with `history`.
const MAX_HISTORY: usize = 100_000;

/// How often lists are looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// What the source may be told.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter { name: "channel", value: "NAMES", about: "the channels to subscribe to, with commas between" },
    Parameter { name: "pattern", value: "PATTERNS", about: "the patterns of channels to subscribe to: `app.*`" },
    Parameter { name: "stream", value: "KEYS", about: "the streams to read" },
    Parameter { name: "list", value: "KEYS", about: "the lists to watch, without taking anything from them" },
    Parameter {
        name: "newest",
        value: "END",
        about: "where the lists grow, `left` (LPUSH) or `right` (RPUSH); else it is seen when they do",
    },
    Parameter { name: "interval", value: "TIME", about: "how often lists are looked at; 1s" },
    Parameter { name: "history", value: "N", about: "how many entries from before each stream and list shows; 1000" },
];

/// At which end a list grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// `LPUSH`.
    Left,
    /// `RPUSH`.
    Right,
}

/// One source in Redis.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// A name or an address.
    pub(super) host: String,
    pub(super) port: u16,
    /// `HOST:PORT`.
    pub(super) authority: String,
    /// Which database; channels know none.
    pub(super) database: i64,
    pub(super) user: Option<String>,
    pub(super) password: Option<Keeper>,
    /// Whom to trust, where the connection is to be encrypted.
    pub(super) trust: Option<Trust>,
    pub(super) channels: Vec<String>,
    pub(super) patterns: Vec<String>,
    pub(super) streams: Vec<String>,
    pub(super) lists: Vec<String>,
    pub(super) newest: Option<End>,
    pub(super) interval: Duration,
    pub(super) history: usize,
    pub(super) start: StartAt,
    pub(super) follow: bool,
}

impl Options {
    /// What `spec`, whose address is `address`, asks for.
    pub(super) fn of(spec: &SourceSpec, address: &Address) -> Result<Self, SourceError> {
        let parameters = &address.parameters;
        let wrong = |why: String| SourceError::Spec(format!("`{}:` source: {why}", spec.scheme));
        let database = match &*address.path {
            [] => 0,
            [number] => number.parse().map_err(|_| wrong(format!("database `{number}` is no number such as 0")))?,
            more => return Err(wrong(format!("`/{}` is more than the number of a database", more.join("/")))),
        };
        let newest = match parameters.text("newest") {
            None => None,
            Some("left") => Some(End::Left),
            Some("right") => Some(End::Right),
            Some(other) => return Err(wrong(format!("newest={other}: expected left or right"))),
        };
        let host = if address.host.is_empty() { "127.0.0.1".to_owned() } else { address.host.clone() };
        let trust = if spec.scheme == "rediss" { Some(Trust::of(parameters)?) } else { None };
        let options = Self {
            authority: Address { host: host.clone(), ..address.clone() }.authority(PORT),
            host,
            port: address.port.unwrap_or(PORT),
            database,
            user: address.user.clone(),
            password: Keeper::of(parameters, "password", &["REDISCLI_AUTH"])?,
            trust,
            channels: parameters.list("channel"),
            patterns: parameters.list("pattern"),
            streams: parameters.list("stream"),
            lists: parameters.list("list"),
            newest,
            interval: parameters.duration("interval")?.unwrap_or(INTERVAL).max(Duration::from_millis(10)),
            history: parameters.read("history", "a whole number")?.unwrap_or(HISTORY).min(MAX_HISTORY),
            start: spec.options.start,
            follow: spec.options.follow,
        };
        if !options.has_channels() && !options.has_keys() {
            return Err(wrong("say what to read: channel=NAME, pattern=PATTERN, stream=KEY or list=KEY".to_owned()));
        }
        Ok(options)
    }

    /// Whether it subscribes to anything.
    pub(super) fn has_channels(&self) -> bool {
        !self.channels.is_empty() || !self.patterns.is_empty()
    }

    fn has_keys(&self) -> bool {
        !self.streams.is_empty() || !self.lists.is_empty()
    }

    /// Whether to listen to the channels. Whoever wants what is there and no more gets nothing from them, unless they
    /// are all that was asked for.
    pub(super) fn listens(&self) -> bool {
        self.has_channels() && (self.follow || !self.has_keys())
    }

    /// Whether there is, or may come to be, more than one channel, stream or list.
    pub(super) fn has_parts(&self) -> bool {
        !self.patterns.is_empty() || self.channels.len() + self.streams.len() + self.lists.len() > 1
    }

    /// What is read, one by one, as [`title`] names it.
    pub(super) fn titles(&self) -> Vec<String> {
        let listened: [(&str, &[String]); 2] = [("channel", &self.channels), ("pattern", &self.patterns)];
        let kept: [(&str, &[String]); 2] = [("stream", &self.streams), ("list", &self.lists)];
        let all = listened.into_iter().filter(|_| self.listens()).chain(kept);
        all.flat_map(|(kind, names)| names.iter().map(move |name| title(kind, name))).collect()
    }

    /// Where it reads and what, as the screen shows it.
    pub(super) fn place(&self) -> String {
        let kinds = [
            ("channel", &self.channels),
            ("pattern", &self.patterns),
            ("stream", &self.streams),
            ("list", &self.lists),
        ];
        let all = kinds.iter().filter_map(|(kind, names)| match names.as_slice() {
            [] => None,
            [name] => Some(format!("{kind} {name}")),
            names => Some(format!("{kind}s {}", names.join(", "))),
        });
        let all = all.collect::<Vec<_>>().join(", ");
        format!("{}, {all}", self.authority)
    }
}

/// What the part `name` of such a `kind` is called: `channel orders`.
pub(super) fn title(kind: &str, name: &str) -> String {
    format!("{kind} {name}")
}
