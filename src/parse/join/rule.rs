//! How the lines of a source are joined: by what they look like, not at all, or by how a record begins.

use std::str::FromStr;

use regex::bytes::Regex;

/// How lines become records.
#[derive(Clone, Debug, Default)]
pub enum JoinRule {
    /// By what the lines look like.
    #[default]
    Auto,
    /// Every line is a record.
    Off,
    /// A line that this matches begins a record; every other goes on with it.
    Start(Regex),
}

impl PartialEq for JoinRule {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Start(a), Self::Start(b)) => a.as_str() == b.as_str(),
            (Self::Auto, Self::Auto) | (Self::Off, Self::Off) => true,
            _ => false,
        }
    }
}

impl Eq for JoinRule {}

impl FromStr for JoinRule {
    type Err = regex::Error;

    /// `auto`, `off`, or the pattern of a record's first line.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            pattern => Ok(Self::Start(Regex::new(pattern)?)),
        }
    }
}
