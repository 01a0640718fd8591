//! W3C `tracestate`: what tracers tell each other beside the ids, each under a key of its own.

use std::fmt::{self, Write as _};

/// Members that are kept, as the recommendation has it; the newest stand in front.
const MOST_MEMBERS: usize = 32;
/// The longest key and the longest value.
const MOST_CHARS: usize = 256;

/// The members of a `tracestate`, the newest first; no key twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TraceState(Vec<(String, String)>);

impl TraceState {
    /// Reads the values of one or several header lines. Members that are none are left out, as are those of a key that was
    /// there already, and those behind the 32nd.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut state = Self::default();
        for member in lines.into_iter().flat_map(|line| line.split(',')) {
            let Some((key, value)) = member.trim_ascii().split_once('=') else { continue };
            let is_valid = is_key(key) && is_value(value) && state.get(key).is_none();
            if is_valid && state.0.len() < MOST_MEMBERS {
                state.0.push((key.to_owned(), value.to_owned()));
            }
        }
        state
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The members, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As one header line.
impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            write!(f, "{key}={value}")?;
        }
        Ok(())
    }
}

fn is_key(key: &str) -> bool {
    let is_member = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let begins_well = key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    begins_well && key.len() <= MOST_CHARS && key.bytes().all(is_member)
}

fn is_value(value: &str) -> bool {
    let is_member = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=' && byte != b',';
    !value.is_empty() && value.len() <= MOST_CHARS && value.bytes().all(is_member)
}
