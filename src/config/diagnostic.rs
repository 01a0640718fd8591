//! What is wrong with a file that the user wrote, and where: the one shape for configuration, themes and keymaps.
//!
//! Owns the wording of positions and of "did you mean"; what counts as wrong is decided by whoever reads the file.

use std::fmt;

/// One thing that is wrong in a user's file. Shown as `dark.toml:12:3: unknown role `txet`; did you mean `text`?`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The file as the user knows it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong and, where it can be told, what would be right.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic for the byte `offset` of `text`; an offset beyond the end means the end. Linear in the text.
    pub fn at(file: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let (line, column) = position(text, offset);
        Self { file: file.to_owned(), line, column, message: message.into() }
    }

    /// A diagnostic of what the TOML reader says about `text`.
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(file, text, offset, error.message().trim_end().replace('\n', "; "))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// The word of `known` that the user most likely meant by `wrong`, or `None` when nothing is near. At most one edit
/// in three characters is taken for a slip of the finger (a swap of neighbours is one edit); case does not count.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word longer than any name is no slip, and measuring it would cost time that a hostile file chooses.
    const LONGEST: usize = 64;
    if wrong.len() > LONGEST {
        return None;
    }
    let wrong = wrong.to_lowercase();
    let limit = wrong.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&wrong, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// `unknown role `txet`; did you mean `text`?`, or without the question when nothing is near.
pub fn unknown<'a>(what: &str, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(wrong, known) {
        Some(right) => format!("unknown {what} `{}`; did you mean `{right}`?", shown(wrong)),
        None => format!("unknown {what} `{}`", shown(wrong)),
    }
}

/// `word` as it may stand in a message: on one line, without control characters, and cut where it is very long.
fn shown(word: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = word.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if word.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Line and column, both from 1, of the byte `offset`.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = before.split(|byte| *byte == b'\n').count();
    let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    (line, String::from_utf8_lossy(last).chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters_from_one() {
        let text = "a = 1\nü = \"ö\"\n";
        for (offset, expected) in [(0, (1, 1)), (4, (1, 5)), (6, (2, 1)), (8, (2, 2)), (999, (3, 1))] {
            assert_eq!(position(text, offset), expected, "offset {offset}");
        }
        assert_eq!(Diagnostic::at("x.toml", text, 4, "no").to_string(), "x.toml:1:5: no");
    }

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["text", "title", "border-focused"];
        for (wrong, right) in [("txet", "text"), ("Titel", "title"), ("border-focussed", "border-focused")] {
            assert_eq!(nearest(wrong, known), Some(right), "{wrong}");
        }
        assert_eq!(nearest("background", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"t".repeat(10_000), known), None);
    }

    #[test]
    fn a_hostile_word_is_shown_on_one_line() {
        assert_eq!(unknown("key", "a\u{1b}[2J\n", ["z"]), "unknown key `a\\u{1b}[2J\\n`");
        assert!(unknown("key", &"x".repeat(5000), ["z"]).len() < 100);
    }
}
