//! What a source is told beside where it is: the parameters of its URI's query, or the `options` of its table in the
//! config. Both say the same by the same names; the table's win.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::SourceError;
use crate::config::{parse_duration, unknown};

/// One parameter that a kind of source takes.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name. One that ends in `.` stands for a family: `columns.` for `columns.time`, `columns.level`.
    pub name: &'static str,
    /// What its value is, in a word in capitals: `QUERY`, `SECONDS`.
    pub value: &'static str,
    /// What it does, and what holds without it.
    pub about: &'static str,
}

/// The values of a source's parameters, each of a name that its kind takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Takes `given`, of which every name must be `known`; of several with one name the last counts.
    pub fn new(given: impl IntoIterator<Item = (String, String)>, known: &[&[Parameter]]) -> Result<Self, SourceError> {
        let names = || known.iter().copied().flatten().map(|parameter| parameter.name);
        let is_known = |name: &str| {
            names().any(|known| {
                known == name || (known.ends_with('.') && name.len() > known.len() && name.starts_with(known))
            })
        };
        let mut values = BTreeMap::new();
        for (name, value) in given {
            if !is_known(&name) {
                let all = names().collect::<Vec<_>>();
                let message = unknown("parameter", &name, all.iter().copied());
                let there =
                    if all.is_empty() { "it takes none".to_owned() } else { format!("there are {}", all.join(", ")) };
                return Err(SourceError::Spec(format!("{message}; {there}")));
            }
            values.insert(name, value);
        }
        Ok(Self(values))
    }

    /// The value of a parameter that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter, read as what it is to be; `what` tells the user what that is: `a whole number`.
    pub fn read<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, SourceError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| wrong(name, text, what))
    }

    /// A whole number from 1 to `most`.
    pub fn count(&self, name: &str, most: usize) -> Result<Option<usize>, SourceError> {
        let what = format!("a whole number from 1 to {most}");
        let count = self.read::<usize>(name, &what)?;
        match count {
            Some(count) if !(1..=most).contains(&count) => Err(wrong(name, &count.to_string(), what)),
            count => Ok(count),
        }
    }

    /// A switch: `true`, `yes`, `1`, `on` or nothing at all behind the name, or their opposites. `default` where it is not
    /// there.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, SourceError> {
        match self.0.get(name).map(String::as_str) {
            None => Ok(default),
            Some("" | "true" | "yes" | "on" | "1") => Ok(true),
            Some("false" | "no" | "off" | "0") => Ok(false),
            Some(other) => Err(wrong(name, other, "true or false")),
        }
    }

    /// A span of time such as `30s` or `5m`.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, SourceError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        parse_duration(text).map(Some).map_err(|_| wrong(name, text, "a span of time such as 30s or 5m"))
    }

    /// The members of a list with commas between, trimmed, without empty ones.
    pub fn list(&self, name: &str) -> Vec<String> {
        let members = self.text(name).unwrap_or_default().split(',').map(str::trim);
        members.filter(|member| !member.is_empty()).map(str::to_owned).collect()
    }

    /// The parameters of a family, `columns.`, by what stands behind the dot.
    pub fn family<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

fn wrong(name: &str, value: &str, what: impl Display) -> SourceError {
    SourceError::Spec(format!("{name}={value}: expected {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Parameter] = &[
        Parameter { name: "query", value: "QUERY", about: "" },
        Parameter { name: "follow", value: "YES", about: "" },
        Parameter { name: "wait", value: "TIME", about: "" },
        Parameter { name: "columns.", value: "NAME", about: "" },
    ];

    fn parameters(given: &[(&str, &str)]) -> Result<Parameters, SourceError> {
        Parameters::new(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), &[KNOWN])
    }

    #[test]
    fn values_are_read_as_what_they_are() {
        let given =
            [("query", "a, ,b"), ("follow", "no"), ("wait", "90s"), ("columns.time", "ts"), ("columns.level", "l")];
        let all = parameters(&given).unwrap();
        assert_eq!(all.text("query"), Some("a, ,b"));
        assert_eq!(all.list("query"), ["a", "b"]);
        assert!(!all.flag("follow", true).unwrap());
        assert_eq!(all.duration("wait").unwrap(), Some(Duration::from_secs(90)));
        assert_eq!(all.family("columns.").collect::<Vec<_>>(), [("level", "l"), ("time", "ts")]);
        assert_eq!(all.read::<u32>("columns.size", "a number").unwrap(), None);
        let some = parameters(&[("query", "5"), ("follow", "0")]).unwrap();
        assert_eq!((some.count("query", 5).unwrap(), some.count("wait", 5).unwrap()), (Some(5), None));
        assert!(some.count("query", 4).is_err() && some.count("follow", 4).is_err());
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let error = parameters(&[("qurey", "x")]).unwrap_err().to_string();
        assert!(error.contains("qurey") && error.contains("did you mean `query`") && error.contains("wait"), "{error}");
        let all = parameters(&[("query", "x"), ("wait", "long"), ("follow", "perhaps")]).unwrap();
        let errors = [
            all.read::<u32>("query", "a whole number").unwrap_err(),
            all.duration("wait").unwrap_err(),
            all.flag("follow", true).unwrap_err(),
        ];
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "query=x: expected a whole number",
                "wait=long: expected a span of time such as 30s or 5m",
                "follow=perhaps: expected true or false"
            ]
        );
    }
}
