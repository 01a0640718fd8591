//! What all that is asked in Kusto's query language shares: who asks ([`asker`]), what comes ([`answer`]), and how values are
//! written into a query ([`quoted`], [`datetime`]), and for what a token is asked for ([`audience`]).

mod answer;
mod asker;

pub(super) use answer::{Answer, Cell, Row, Table, told};
pub(super) use asker::Asker;

use crate::model::Nanos;
use crate::source::{Parameter, Parameters};

/// The parameter of [`audience`].
pub(super) const AUDIENCE: &[Parameter] = &[Parameter {
    name: "audience",
    value: "URL",
    about: "for what a token is asked for, where that is not the service's address",
}];

/// Addresses of workspaces in the public cloud, which want tokens for the older of them.
const WORKSPACES: &[&str] = &["https://api.loganalytics.azure.com", "https://api.loganalytics.io"];

/// For what a token is asked for: what the parameter says, else what the service at `endpoint` wants, which is its own
/// address but for workspaces.
pub(super) fn audience(parameters: &Parameters, endpoint: &str) -> String {
    let is_workspace = WORKSPACES.iter().any(|address| endpoint.eq_ignore_ascii_case(address));
    let usual = if is_workspace { "https://api.loganalytics.io" } else { endpoint };
    parameters.text("audience").unwrap_or(usual).trim_end_matches('/').to_owned()
}

/// A text as Kusto reads it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Lines end at these two as well.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.extend(format!("\\u{:04x}", u32::from(c)).chars());
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A time as Kusto reads it: with the seven digits of a second that it keeps.
pub(super) fn datetime(time: Nanos) -> String {
    let (ticks, time) = (time.rem_euclid(1_000_000_000) / 100, chrono::DateTime::from_timestamp_nanos(time));
    format!("datetime({}.{ticks:07}Z)", time.format("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_times_are_literals_of_kusto() {
        assert_eq!(quoted("a\"b\\c\n\u{2028}é'"), r#""a\"b\\c\u000a\u2028é'""#);
        assert_eq!(datetime(1_772_359_199_123_456_789), "datetime(2026-03-01T09:59:59.1234567Z)");
        assert_eq!(datetime(-1), "datetime(1969-12-31T23:59:59.9999999Z)");
    }

    #[test]
    fn a_token_is_asked_for_what_the_service_wants() {
        let none = Parameters::default();
        for (endpoint, expected) in [
            ("https://api.loganalytics.azure.com", "https://api.loganalytics.io"),
            ("https://api.loganalytics.io", "https://api.loganalytics.io"),
            ("https://api.applicationinsights.io", "https://api.applicationinsights.io"),
            ("https://api.loganalytics.us", "https://api.loganalytics.us"),
        ] {
            assert_eq!(audience(&none, endpoint), expected);
        }
        let given = [("audience".to_owned(), "https://other/".to_owned())];
        let given = Parameters::new(given, &[AUDIENCE]).unwrap();
        assert_eq!(audience(&given, "https://api.loganalytics.io"), "https://other");
    }
}
