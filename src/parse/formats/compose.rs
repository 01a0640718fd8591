//! What `docker compose logs` and `up` print: `web-1  | <line>`, the names padded to one width, perhaps with the time
//! that `--timestamps` puts before the line.
//!
//! The service is the container's name as it stands there, replica number included, so that replicas keep apart.

use super::carrier::{self, Header, Text, carried};
use super::given::{Fields, Give, is_digits};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity};
use crate::parse::Facts;

/// The format.
pub(super) struct Compose;

/// Names of containers are not longer than this (Docker allows 255, DNS labels 63).
const MAX_NAME: usize = 96;

impl LineFormat for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn about(&self) -> &'static str {
        "docker compose's output: the container's name, a bar, then the program's own line"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "web-1  |  * Serving Flask app 'app.py'",
            "redis-1  | 1:M 25 Apr 2024 05:32:35.019 * Running mode=standalone, port=6379.",
            "web-1  | 2024-04-25T05:32:35.584725130Z  * Serving Flask app 'app.py'",
            r#"caddy  | {"level":"info","ts":1761019822.3152757,"msg":"using config from file","file":"/etc/caddy/Caddyfile"}"#,
            "shop_db_1 | ready",
            "web-1  |",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_alphanumeric()
    }

    carried!(Line);
}

/// One physical line.
struct Line<'a> {
    name: &'a [u8],
    time: Option<Nanos>,
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        let line = probe.line;
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let (name, rest) =
            line.split_at_checked(line.iter().take(MAX_NAME).take_while(|byte| is_name(byte)).count())?;
        if rest.first() != Some(&b' ') {
            return None;
        }
        let blanks = rest.iter().take(MAX_NAME).take_while(|byte| **byte == b' ').count();
        let text = rest.get(blanks..)?.strip_prefix(b"|")?;
        let is_container = blanks > 1 || ends_in_number(name);
        if !is_container || Severity::from_name(name).is_some() {
            return None;
        }
        let text = match text.first() {
            None | Some(b'\n') => text,
            Some(b' ') => text.get(1..)?,
            Some(_) => return None,
        };
        let (time, text) =
            carrier::split_stamp(text, probe.hints).map_or((None, text), |(time, rest)| (Some(time), rest));
        Some(Self { name, time, text })
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        Facts { time: self.time, ..Facts::none(id) }
    }

    /// The container says more of who writes than a logger's name within it.
    fn join(&self, inner: Facts<'a>, id: FormatId) -> Facts<'a> {
        Facts { service: Some(self.name), ..inner.or_carrier(self.facts(id)) }
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, _: &mut Give<'_, 'a>) {}
}

/// Whether `name` ends in a replica's number: `web-1`, `web_1`.
fn ends_in_number(name: &[u8]) -> bool {
    name.rsplit(|byte| matches!(byte, b'-' | b'_'))
        .next()
        .is_some_and(|last| last.len() < name.len() && is_digits(last))
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "compose",
            &[
                ("web-1  |  * Debug mode: on", ("", 0, "web-1", " * Debug mode: on", "")),
                ("web_1 | ready port=80", ("", 0, "web_1", "ready port=80", "port=80")),
                ("cache  |", ("", 0, "cache", "", "")),
                (
                    "web-1  | 2024-04-25T05:32:35.584725130Z  * Serving",
                    ("2024-04-25T05:32:35.584725130Z", 0, "web-1", " * Serving", ""),
                ),
                (
                    "web-1  | 2024-04-25T05:32:35.584Z WARN x",
                    ("2024-04-25T05:32:35.584Z", 13, "web-1", "2024-04-25T05:32:35.584Z WARN x", ""),
                ),
                (
                    r#"api  | {"level":"error","logger":"admin","ts":1761019822,"msg":"up","n":1}"#,
                    ("2025-10-21T04:10:22Z", 17, "api", "up", "n=1"),
                ),
                ("a-1  | panic: x\na-1  | \na-1  | goroutine 1:", ("", 0, "a-1", "panic: x\n\ngoroutine 1:", "")),
            ],
        );
    }

    #[test]
    fn tables_and_levels_with_bars_are_not_taken() {
        check_not(
            "compose",
            &[
                "id | name",
                "INFO     | app:main - started",
                "with prefix | text",
                "a || b",
                "web-1  |text",
                "2024-04-25 05:32:35.018 | INFO | app - x",
            ],
        );
    }
}
