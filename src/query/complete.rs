//! What may be typed next: keys, levels, and the names that were seen.

use std::ops::Range;

use super::ast::quote;
use super::correlation::{CORRELATIONS, Correlation};
use super::key::Key;
use super::lex::key_at;
use crate::model::Level;
use crate::store::{Names, Snapshot};

/// Names that were seen, to be offered.
pub trait Vocabulary {
    /// Names of services.
    fn services(&self) -> Vec<String>;
    /// Names of sources.
    fn sources(&self) -> Vec<String>;
    /// Names of attributes.
    fn attributes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Values that the attribute or correlation field of this name has.
    fn values(&self, _key: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Something that may be typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The bytes of the input that it replaces.
    pub replace: Range<usize>,
    /// What to put there.
    pub text: String,
    /// What it is, in a few words; empty for a name.
    pub about: &'static str,
}

/// Completions that are offered, at most.
const MAX: usize = 50;

/// What may stand at byte `cursor` of `text`, best first: keys while a word is typed, values behind a key's colon.
pub fn completions(text: &str, cursor: usize, names: &dyn Vocabulary) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let mut start = 0;
    let mut quoted = false;
    for (at, c) in before.char_indices() {
        quoted ^= c == '"';
        if !quoted && (c.is_whitespace() || c == '(') {
            start = at + c.len_utf8();
        }
    }
    let typed = before.get(start..).unwrap_or_default();
    let (start, typed) = typed.strip_prefix('-').map_or((start, typed), |rest| (start + 1, rest));
    let mut found = match key_at(typed) {
        Some(key) => values(key, start, typed, names),
        None => keys(start, typed, names),
    };
    found.truncate(MAX);
    found
}

fn keys(start: usize, typed: &str, names: &dyn Vocabulary) -> Vec<Completion> {
    let built_in = Key::ALL.map(|(name, _, about)| (name.to_owned(), about));
    let seen = names.attributes().into_iter().filter(|name| key_at(&format!("{name}:x")).is_some());
    let replace = start..start + typed.len();
    let offer = |(name, about): (String, &'static str)| {
        // Attributes are many: they are offered once something is typed.
        let fits = begins_with(&name, typed) && !(typed.is_empty() && about.is_empty());
        fits.then(|| Completion { replace: replace.clone(), text: format!("{name}:"), about })
    };
    let (correlated, others): (Vec<_>, Vec<_>) = CORRELATIONS.iter().partition(|it| !names.values(it.key).is_empty());
    let named = |all: Vec<&'static Correlation>| all.into_iter().map(|it| (it.key.to_owned(), it.about));
    // What ties lines together comes first where there is any; where there is none, only if it is all that is meant.
    let is_other = |name: &String| Correlation::of(name).is_none();
    let rest = built_in.into_iter().chain(seen.filter(is_other).map(|name| (name, "")));
    let mut found: Vec<_> = named(correlated).chain(rest).filter_map(offer).collect();
    if found.is_empty() {
        found.extend(named(others).filter_map(offer));
    }
    found
}

fn values(key: &str, start: usize, typed: &str, names: &dyn Vocabulary) -> Vec<Completion> {
    let value = typed.get(key.len() + 1..).unwrap_or_default();
    let part = value.rfind(',').map_or(0, |comma| comma + 1);
    let signs = value.get(part..).unwrap_or_default();
    let prefix = signs.trim_start_matches(['>', '<', '=', '"']);
    let quote_len = usize::from(signs.contains('"'));
    let end = start + typed.len();
    let replace = end - prefix.len() - quote_len..end;
    let known = match Key::of(key) {
        Key::Level => Level::ALL.iter().rev().map(|level| level.name().to_owned()).collect(),
        Key::Service => names.services(),
        Key::Source => names.sources(),
        Key::Status => {
            let usual = ["error".to_owned(), "ok".to_owned()];
            let seen = names.values(key).into_iter().filter(|value| !usual.contains(value)).collect::<Vec<_>>();
            usual.into_iter().chain(seen).collect()
        }
        _ => names.values(key),
    };
    let offer = |name: String| Completion { replace: replace.clone(), text: quote(&name), about: "" };
    known.into_iter().filter(|name| !name.is_empty() && begins_with(name, prefix)).map(offer).collect()
}

fn begins_with(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

impl Vocabulary for Snapshot {
    fn services(&self) -> Vec<String> {
        sorted(&self.services)
    }

    fn sources(&self) -> Vec<String> {
        sorted(&self.sources)
    }
}

fn sorted(names: &Names) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|(_, name)| name.to_string()).collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seen;

    impl Vocabulary for Seen {
        fn services(&self) -> Vec<String> {
            ["checkout", "cart", "my shop"].map(String::from).into()
        }
        fn sources(&self) -> Vec<String> {
            vec!["app.log".to_owned()]
        }
        fn attributes(&self) -> Vec<String> {
            ["http.route", "not a key"].map(String::from).into()
        }
    }

    #[test]
    fn what_fits_is_offered_where_it_belongs() {
        for (before, expected) in [
            ("le", "le[level:]"),
            ("x -(se", "se[service:]"),
            ("level:wa", "wa[warn]"),
            ("level:>=f", "f[fatal]"),
            ("-level:error,f", "f[fatal]"),
            ("service:c", "c[checkout] c[cart]"),
            ("service:MY", "MY[\"my shop\"]"),
            ("service:\"my s", "\"my s[\"my shop\"]"),
            ("source:", "[app.log]"),
            ("htt", "htt[http.route:]"),
            ("http://se", ""),
            ("a\u{2003}op", "op[op:]"),
            ("zzz", ""),
        ] {
            let text = format!("{before} rest");
            let found = completions(&text, before.len(), &Seen);
            let shown: Vec<String> = found
                .iter()
                .map(|completion| format!("{}[{}]", text.get(completion.replace.clone()).unwrap(), completion.text))
                .collect();
            assert_eq!(shown.join(" "), expected, "{before}");
        }
        assert_eq!(completions("", 0, &Seen).len(), Key::ALL.len());
        assert!(completions("é", 1, &Seen).is_empty());
        assert!(completions("a", 9, &Seen).is_empty());
    }
}
