//! What the user says of a `docker:` source.

use chrono::{FixedOffset, Local, Offset as _};

use super::cursor::Start;
use super::selection::Selection;
use crate::config::{StartAt, When};
use crate::source::{Clock, Parameter, SourceError, SourceSpec};

/// The lines of history that are read of each container where nobody says how many.
const LAST: u64 = 1000;

/// The parameters of the source.
pub(super) const DOCKER: &[Parameter] = &[
    Parameter {
        name: "host",
        value: "ADDRESS",
        about: "unix:///PATH or tcp://HOST:PORT of the engine; else DOCKER_HOST, the CLI's context, the usual sockets",
    },
    Parameter { name: "tail", value: "LINES", about: "lines of history of each container, or `all`; 1000 without it" },
    Parameter { name: "since", value: "TIME", about: "history from this time on: 10m, 2026-03-01T10:00:00Z" },
    Parameter { name: "all", value: "YES", about: "also the history of containers that are not running" },
];

/// The source as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Which containers.
    pub(super) selection: Selection,
    /// Which engine, where the user says so.
    pub(super) host: Option<String>,
    /// Whether stopped containers are read.
    pub(super) all: bool,
    /// Whether to wait for more.
    pub(super) follows: bool,
    tail: Option<Tail>,
    since: Option<When>,
    start: StartAt,
}

/// How much history of each container.
#[derive(Clone, Copy, Debug)]
enum Tail {
    All,
    Lines(u64),
}

impl std::str::FromStr for Tail {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::Lines) }
    }
}

impl Options {
    /// Reads the argument and its parameters.
    pub(super) fn parse(spec: &SourceSpec) -> Result<Self, SourceError> {
        let (names, parameters) = spec.selection(&[DOCKER])?;
        Ok(Self {
            selection: Selection::parse(&names)?,
            host: parameters.text("host").map(str::to_owned),
            all: parameters.flag("all", false)?,
            follows: spec.options.follow,
            tail: parameters.read("tail", "a whole number or `all`")?,
            since: parameters.read("since", "a time such as 10m, 2h ago or 2026-03-01T10:00:00Z")?,
            start: spec.options.start,
        })
    }

    /// What is read of the containers that are there when the source begins. The source's own parameters count more than
    /// what is said of all sources.
    pub(super) fn start(&self, clock: &Clock) -> Start {
        let offset = |since: &When| since.at(clock.now(), offset());
        match (self.tail, self.since.as_ref().and_then(offset), self.start) {
            (Some(Tail::Lines(count)), since, _) => Start::Last(count, since),
            (_, Some(since), _) | (None, None, StartAt::Since(since)) => Start::Since(since),
            (Some(Tail::All), None, _) | (None, None, StartAt::Beginning) => Start::All,
            (None, None, StartAt::End) => Start::Last(0, None),
            (None, None, StartAt::Tail) => Start::Last(LAST, None),
        }
    }
}

/// How far local clocks are from universal time.
fn offset() -> FixedOffset {
    Local::now().offset().fix()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceOptions;

    fn options(rest: &str, start: StartAt) -> Result<Options, SourceError> {
        let options = SourceOptions { start, ..SourceOptions::default() };
        Options::parse(&SourceSpec { scheme: "docker".to_owned(), rest: rest.to_owned(), options })
    }

    #[test]
    fn history_is_what_the_source_says_and_else_what_all_say() {
        let hour = 3_600_000_000_000;
        let clock = Clock::from_fn(move || 2 * hour);
        let cases = [
            ("", StartAt::Tail, Start::Last(1000, None)),
            ("", StartAt::End, Start::Last(0, None)),
            ("", StartAt::Beginning, Start::All),
            ("", StartAt::Since(5), Start::Since(5)),
            ("?tail=7", StartAt::End, Start::Last(7, None)),
            ("?tail=all", StartAt::Tail, Start::All),
            ("?since=1h", StartAt::Beginning, Start::Since(hour)),
            ("?tail=7&since=1h", StartAt::Tail, Start::Last(7, Some(hour))),
        ];
        for (rest, start, expected) in cases {
            assert_eq!(options(rest, start).unwrap().start(&clock), expected, "{rest} {start:?}");
        }
        for (rest, expected) in
            [("?tail=many", "a whole number"), ("?since=soon", "a time such as"), ("?hots=x", "`host`")]
        {
            assert!(options(rest, StartAt::Tail).unwrap_err().to_string().contains(expected), "{rest}");
        }
    }
}
