//! Levels: from the words near the start of a line, and from the numbers that loggers write in a level field.
//!
//! A number means different things in different formats (pino's 30 is info, Python's 30 a warning), so a number comes
//! with the [`Scale`] that its field's name implies. A word counts only near the start of a line and only upper-case, in
//! brackets or behind `level=`: "error" deep in a sentence proves nothing.

use crate::model::Severity;

/// How far into the head of a line a level word may stand, in bytes: past a timestamp, a process and a thread name.
const REACH: usize = 80;
/// How far [`severity_hint`] looks.
const HINT_REACH: usize = 256;

/// Whose numbers a level field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scale {
    /// Words, or numbers whose range gives the logger away: pino and bunyan 10 to 60, Monolog 100 to 600, logback's
    /// `level_value` from 5000 on.
    Usual,
    /// Google Cloud: words, or 100 debug, 200 info, 300 notice, 400 warning, 500 error, 600 critical.
    Google,
    /// Syslog, journald, GELF: 0 emergency to 7 debug.
    Syslog,
    /// Python's `levelno`: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    Python,
    /// Application Insights: 0 verbose, 1 information, 2 warning, 3 error, 4 critical.
    AppInsights,
    /// OpenTelemetry's severity number.
    OpenTelemetry,
}

/// The severity that the value of a level field means; `None` when it means none.
pub(super) fn from_value(value: &[u8], scale: Scale) -> Option<Severity> {
    let word = value.trim_ascii();
    match word.first()? {
        b'0'..=b'9' => from_number(std::str::from_utf8(word).ok()?.parse().ok()?, scale),
        _ => value_name(word).or_else(|| with_offset(word)).or_else(|| mongo_debug(word)),
    }
}

fn from_number(number: u32, scale: Scale) -> Option<Severity> {
    let steps: &[(u32, Severity)] = match scale {
        Scale::OpenTelemetry => {
            return Some(Severity::from_number(i64::from(number))).filter(|s| *s != Severity::UNSET);
        }
        Scale::Syslog => return u8::try_from(number).ok().filter(|n| *n < 8).map(Severity::from_syslog),
        Scale::Python => PYTHON,
        Scale::Google => GOOGLE,
        Scale::AppInsights => APP_INSIGHTS,
        Scale::Usual if number < 100 => PINO,
        Scale::Usual if number < 1000 => MONOLOG,
        Scale::Usual => LOGBACK,
    };
    // A level in between is the nearest standard one below it.
    steps.iter().rev().find(|(floor, _)| *floor <= number).map(|(_, severity)| *severity)
}

const FATAL: Severity = Severity::FATAL;
const APP_INSIGHTS: &[(u32, Severity)] =
    &[(0, Severity::TRACE), (1, Severity::INFO), (2, Severity::WARN), (3, Severity::ERROR), (4, FATAL)];
const PINO: &[(u32, Severity)] = &[
    (10, Severity::TRACE),
    (20, Severity::DEBUG),
    (30, Severity::INFO),
    (40, Severity::WARN),
    (50, Severity::ERROR),
    (60, FATAL),
];
const PYTHON: &[(u32, Severity)] =
    &[(10, Severity::DEBUG), (20, Severity::INFO), (30, Severity::WARN), (40, Severity::ERROR), (50, FATAL)];
const GOOGLE: &[(u32, Severity)] = &[
    (100, Severity::DEBUG),
    (200, Severity::INFO),
    (300, Severity::NOTICE),
    (400, Severity::WARN),
    (500, Severity::ERROR),
    (600, Severity::CRITICAL),
    (700, Severity::ALERT),
    (800, FATAL),
];
const MONOLOG: &[(u32, Severity)] = &[
    (100, Severity::DEBUG),
    (200, Severity::INFO),
    (250, Severity::NOTICE),
    (300, Severity::WARN),
    (400, Severity::ERROR),
    (500, Severity::CRITICAL),
    (550, Severity::ALERT),
    (600, FATAL),
];
const LOGBACK: &[(u32, Severity)] = &[
    (5_000, Severity::TRACE),
    (10_000, Severity::DEBUG),
    (20_000, Severity::INFO),
    (30_000, Severity::WARN),
    (40_000, Severity::ERROR),
];

/// Go's slog writes levels between the named ones as `INFO+2` or `DEBUG-4`; its steps of four are OpenTelemetry's.
fn with_offset(word: &[u8]) -> Option<Severity> {
    let at = word.iter().position(|byte| matches!(byte, b'+' | b'-'))?;
    let (name, offset) = word.split_at_checked(at)?;
    let base = Severity::from_name(name)?;
    let offset: i64 = std::str::from_utf8(offset).ok()?.parse().ok().filter(|offset: &i64| offset.abs() <= 24)?;
    Some(Severity::from_number((i64::from(base.number()) + offset).clamp(1, 24)))
}

/// Names that stand for a level where a level is expected, and are too common as words or letters to be looked for elsewhere.
fn value_name(word: &[u8]) -> Option<Severity> {
    match word {
        b"v" | b"V" | b"spam" | b"SPAM" => Some(Severity::TRACE),
        // Google Cloud's word for no level, which it shows as information.
        b"default" | b"DEFAULT" => Some(Severity::INFO),
        _ => Severity::from_name(word),
    }
}

/// MongoDB's debug levels `D1` to `D5`, and PostgreSQL's `DEBUG5`: all but the first are as fine as traces.
fn mongo_debug(word: &[u8]) -> Option<Severity> {
    match word {
        b"D1" => Some(Severity::DEBUG),
        [b'D', b'2'..=b'5'] | b"DEBUG5" => Some(Severity::TRACE),
        _ => None,
    }
}

/// The level word near the start of `head`, a line without its timestamp: where it stands in `head` and what it means.
pub(super) fn near_start(head: &[u8]) -> Option<(Severity, &[u8])> {
    within(head, REACH)
}

fn within(head: &[u8], reach: usize) -> Option<(Severity, &[u8])> {
    let mut at = 0;
    let mut before: &[u8] = b"";
    while at < reach {
        let rest = head.get(at..)?;
        let word_at = rest.iter().position(u8::is_ascii_alphabetic)?;
        let rest = rest.get(word_at..)?;
        let len = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(len)?;
        let lead = head.get(..at + word_at).unwrap_or_default();
        // The letter that ends a colour sequence is not part of the word behind it.
        if lead.ends_with(b"\x1b[") || is_inside_colour(lead) {
            at += word_at + 1;
            continue;
        }
        if let Some(severity) = level_word(before, lead, word, after) {
            return Some((severity, word));
        }
        before = word;
        at += word_at + len;
    }
    None
}

/// Whether `lead` ends within `ESC [ 1 ; 3 2`, so that the next letter is the sequence's final byte.
fn is_inside_colour(lead: &[u8]) -> bool {
    let Some(b'0'..=b'9' | b';') = lead.last() else { return false };
    let parameters = lead.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
    lead.get(..lead.len() - parameters).is_some_and(|lead| lead.ends_with(b"\x1b["))
}

/// The severity of `word` if it is written as levels are.
fn level_word(before: &[u8], lead: &[u8], word: &[u8], after: &[u8]) -> Option<Severity> {
    match word {
        // By far the most common.
        b"INFO" => return Some(Severity::INFO),
        b"DEBUG" => return Some(Severity::DEBUG),
        b"WARN" | b"WARNING" => return Some(Severity::WARN),
        b"ERROR" => return Some(Severity::ERROR),
        _ if !may_be_level(word) => return None,
        _ => {}
    }
    if word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) && is_plain_level(word, after) {
        return Severity::from_name(word);
    }
    let lead = lead.trim_ascii_end();
    let is_bracketed = matches!(lead.last(), Some(b'[' | b'<' | b'(' | b':' | b'|'))
        && matches!(after.trim_ascii_start().first(), Some(b']' | b'>' | b')' | b'|'));
    let is_value = matches!(lead.last(), Some(b'=')) && matches!(before, b"level" | b"lvl" | b"severity");
    let is_long = word.len() > 1 || word.first().is_some_and(u8::is_ascii_uppercase);
    if (is_bracketed || is_value) && is_long { Severity::from_name(word) } else { None }
}

/// Refuses most words by their first letter and length, which is all that most words of a line cost.
fn may_be_level(word: &[u8]) -> bool {
    let initials = b"acdefilnpstvwACDEFILNPSTVW";
    word.len() <= 13 && word.first().is_some_and(|first| initials.contains(first))
}

/// Whether an upper-case word stands for a level without brackets. Words that are also ordinary ones or names (`ALL`,
/// `NOTE`, `T`) do not, and `LOG` does as PostgreSQL writes it, with a colon.
fn is_plain_level(word: &[u8], after: &[u8]) -> bool {
    match word {
        b"LOG" | b"NOTE" | b"CONFIG" => after.first() == Some(&b':'),
        b"ALL" | b"FAILURE" | b"WTF" | b"SILLY" => false,
        _ => word.len() >= 3,
    }
}

/// A very cheap guess of how severe a raw line is, for sampling under overload: looks at the line's first 256 bytes
/// and parses nothing. Errs towards a severity: it exists to keep errors, not to be right.
pub fn severity_hint(line: &[u8]) -> Severity {
    let head = line.get(..HINT_REACH).unwrap_or(line);
    json_level(head).or_else(|| within(head, HINT_REACH).map(|(severity, _)| severity)).unwrap_or_default()
}

/// The value behind the first key of `head` that ends in `level` or `everity`.
fn json_level(head: &[u8]) -> Option<Severity> {
    memchr::memchr(b'{', head)?;
    let key_end = [&b"evel\""[..], b"everity\"", b"lvl\"", b"\"@l\"", b"PRIORITY\""]
        .iter()
        .find_map(|key| Some(memchr::memmem::find(head, key)? + key.len()))?;
    let value = head.get(key_end..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let len = value.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(value.len());
    from_value(value.get(..len)?, Scale::Usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_near_the_start_upper_case_or_bracketed() {
        let cases: &[(&str, u8)] = &[
            ("INFO checkout order placed", 9),
            ("[main] WARN  c.e.Checkout - slow", 13),
            (" [error] 31#31: *5 open() failed", 17),
            ("[core:error] [pid 1:tid 2] AH00124", 17),
            ("<Warning> disk", 13),
            ("LOG:  checkpoint starting", 9),
            ("| INFO     | app:main - started", 9),
            ("\u{1b}[2m\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mapp\u{1b}[0m: hello", 9),
            ("\u{1b}[31mERROR\u{1b}[0m bad", 17),
            ("something level=debug", 5),
            ("10:00AM ERR cannot bind", 17),
            ("an error occurred while loading", 0),
            ("GET /ERRORS 200", 0),
            ("ALL GOOD", 0),
            ("T minus ten", 0),
            ("", 0),
            ("a very long line that says nothing of its level for far more than eighty bytes, then says: ERROR", 0),
        ];
        for (head, number) in cases {
            let found = near_start(head.as_bytes()).map_or(0, |(severity, _)| severity.number());
            assert_eq!(found, *number, "{head:?}");
        }
    }

    #[test]
    fn numbers_mean_what_their_format_says() {
        let cases = [
            ("30", Scale::Usual, 9),
            ("35", Scale::Usual, 9),
            ("60", Scale::Usual, 21),
            ("3", Scale::Usual, 0),
            ("250", Scale::Usual, 10),
            ("40000", Scale::Usual, 17),
            ("30", Scale::Python, 13),
            ("3", Scale::Syslog, 17),
            ("9", Scale::Syslog, 0),
            ("300", Scale::Google, 10),
            ("17", Scale::OpenTelemetry, 17),
            ("0", Scale::AppInsights, 1),
            ("3", Scale::AppInsights, 17),
            ("warning", Scale::AppInsights, 13),
            ("INFO+2", Scale::Usual, 11),
            ("DEBUG-4", Scale::Usual, 1),
            ("D3", Scale::Usual, 1),
            (" warning ", Scale::Usual, 13),
            ("4294967296", Scale::Usual, 0),
            ("xyz", Scale::Usual, 0),
        ];
        for (value, scale, number) in cases {
            let found = from_value(value.as_bytes(), scale).map_or(0, Severity::number);
            assert_eq!(found, number, "{value} {scale:?}");
        }
    }

    /// Every name that loggers in the field write, by the number of OpenTelemetry that it means.
    const NAMES: &[(u8, &[&str])] = &[
        (
            1,
            &[
                "trace", "trc", "t", "finest", "finer", "verbose", "silly", "all", "spam", "v", "D2", "D3", "D4", "D5",
                "DEBUG5",
            ],
        ),
        (5, &["debug", "dbg", "d", "fine", "debug1", "D1"]),
        (7, &["config"]),
        (9, &["info", "inf", "i", "information", "informational", "log", "note", "default"]),
        (10, &["notice"]),
        (13, &["warn", "warning", "wrn", "w"]),
        (17, &["error", "err", "eror", "e", "severe", "failure"]),
        (18, &["dpanic", "crit"]),
        (19, &["alert"]),
        (21, &["fatal", "ftl", "f", "emerg", "emergency", "panic", "critical", "wtf"]),
    ];

    #[test]
    fn names_mean_what_their_loggers_say() {
        for (number, names) in NAMES {
            for name in *names {
                for scale in [Scale::Usual, Scale::Google, Scale::Syslog, Scale::Python, Scale::OpenTelemetry] {
                    let found = from_value(name.as_bytes(), scale).map_or(0, Severity::number);
                    assert_eq!(found, *number, "{name} {scale:?}");
                }
            }
        }
    }

    #[test]
    fn a_hint_finds_errors_without_parsing() {
        for (line, severity) in [
            (r#"{"ts":1,"level":"error","msg":"x"}"#, Severity::ERROR),
            (r#"{"level":50}"#, Severity::ERROR),
            (r#"{"severity": "WARNING"}"#, Severity::WARN),
            ("2026-03-01 10:00:00 FATAL gone", Severity::FATAL),
            ("ts=1 level=warn msg=x", Severity::WARN),
            ("nothing to see", Severity::UNSET),
        ] {
            assert_eq!(severity_hint(line.as_bytes()), severity, "{line}");
        }
    }
}
