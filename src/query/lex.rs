//! Text to tokens. A whole field (`key:a,b`) is one token, since commas and dots mean something only inside it.

use std::ops::Range;

use super::ast::{Comparison, Field, Item, ItemKind, is_number_like};
use super::error::QueryError;
use super::key::Key;

/// A token and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) span: Range<usize>,
    pub(super) kind: TokenKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
    Text(String),
    Regex(String),
    Field(Field),
}

/// All tokens of `text`. O(bytes), except that a slash without a partner looks for one to the end.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// The key at the start of `text` when a field begins there, without its colon.
pub(super) fn key_at(text: &str) -> Option<&str> {
    let first = |c: char| c.is_ascii_alphabetic() || "_@".contains(c);
    let rest = |c: char| c.is_ascii_alphanumeric() || "_.-@/".contains(c);
    if !text.starts_with(first) {
        return None;
    }
    let (key, value) = text.split_once(':')?;
    let looks_like_text = value.starts_with("//") || value.starts_with(':');
    (key.chars().all(rest) && !looks_like_text).then_some(key)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, len: usize) -> &'a str {
        let taken = self.rest().get(..len).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    fn token(&mut self) -> Result<Option<Token>, QueryError> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let kind = match first {
            '(' => self.sign(TokenKind::Open),
            ')' => self.sign(TokenKind::Close),
            '"' => TokenKind::Text(self.phrase()?),
            '-' if !self.rest().starts_with("--") => self.sign(TokenKind::Minus),
            '/' => self.regex_or_path()?,
            _ => match key_at(self.rest()) {
                Some(key) => self.field(key)?,
                None => self.word(),
            },
        };
        Ok(Some(Token { span: start..self.at, kind }))
    }

    fn sign(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn word(&mut self) -> TokenKind {
        for (word, kind) in [("AND", TokenKind::And), ("OR", TokenKind::Or), ("NOT", TokenKind::Not)] {
            let after = self.rest().strip_prefix(word);
            if after.is_some_and(|after| ends_term(after) || after.starts_with('(')) {
                self.at += word.len();
                return kind;
            }
        }
        TokenKind::Text(self.bare(|_| false).to_owned())
    }

    /// Up to white space, a character of `stop` or a parenthesis that closes more than was opened within.
    fn bare(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let mut open = 0usize;
        let mut ends = |c: char| {
            match c {
                '(' => open += 1,
                ')' if open == 0 => return true,
                ')' => open -= 1,
                _ => {}
            }
            c.is_whitespace() || stop(c)
        };
        let len = self.rest().find(&mut ends).unwrap_or(self.rest().len());
        self.take(len)
    }

    /// The text between quotes.
    fn phrase(&mut self) -> Result<String, QueryError> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match (c, chars.peek()) {
                ('"', _) => {
                    self.at += at + 1;
                    return Ok(out);
                }
                ('\\', Some((_, escaped @ ('"' | '\\')))) => {
                    out.push(*escaped);
                    chars.next();
                }
                _ => out.push(c),
            }
        }
        Err(QueryError::new(self.at..self.text.len(), "the quote is not closed", "a closing \""))
    }

    /// The regex that begins here, if its end is the end of a term. What has a slash inside is a path.
    fn regex(&mut self, ends: impl Fn(&str) -> bool) -> Option<String> {
        let mut escaped = false;
        let (at, _) = self.rest().char_indices().skip(1).find(|(_, c)| {
            let closes = *c == '/' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        })?;
        let inner = self.rest().get(1..at).filter(|inner| !inner.is_empty())?;
        if !ends(self.rest().get(at + 1..)?) {
            return None;
        }
        self.at += at + 1;
        Some(inner.to_owned())
    }

    fn regex_or_path(&mut self) -> Result<TokenKind, QueryError> {
        if let Some(regex) = self.regex(ends_term) {
            return Ok(TokenKind::Regex(regex));
        }
        let start = self.at;
        let word = self.bare(|_| false);
        if word.get(1..).is_some_and(|rest| rest.contains('/')) {
            return Ok(TokenKind::Text(word.to_owned()));
        }
        let expected = format!("a closing /, or \"{word}\" to search for it as text");
        Err(QueryError::new(start..self.text.len(), "the regex is not closed", expected))
    }

    fn field(&mut self, key: &str) -> Result<TokenKind, QueryError> {
        let start = self.at;
        self.at += key.len() + 1;
        let ordered = Key::of(key).is_ordered();
        let mut items = Vec::new();
        loop {
            let from = self.at;
            let kind = self.item(ordered, start)?;
            items.push(Item { span: from..self.at, kind });
            if !self.rest().starts_with(',') {
                break;
            }
            self.at += 1;
        }
        if !ends_term(self.rest()) {
            let end = self.at;
            self.bare(|_| false);
            return Err(QueryError::new(end..self.at, "the value goes on after its end", "a space or a comma"));
        }
        Ok(TokenKind::Field(Field { key: key.to_owned(), items }))
    }

    fn item(&mut self, ordered: bool, field: usize) -> Result<ItemKind, QueryError> {
        let rest = self.rest();
        if let Some(comparison) = Comparison::ALL.into_iter().find(|it| rest.starts_with(it.sign())) {
            self.at += comparison.sign().len();
            return Ok(ItemKind::Compare(comparison, self.operand(field)?));
        }
        if rest.starts_with('(') {
            let expected = "a value; for any of several write key:a,b";
            return Err(QueryError::new(self.at..self.at + 1, "a value can not be a group", expected));
        }
        if rest.starts_with('"') {
            let text = self.phrase()?;
            return if self.rest().starts_with("..") { self.range(Some(text)) } else { Ok(ItemKind::Equals(text)) };
        }
        if rest.starts_with('/')
            && let Some(regex) = self.regex(|after| ends_term(after) || after.starts_with(','))
        {
            return Ok(ItemKind::Regex(regex));
        }
        let start = self.at;
        let text = self.operand(field)?;
        if let Some((from, to)) = text.split_once("..") {
            let quoted = to.starts_with('"');
            let fits = |end: &str| end.is_empty() || ordered || is_number_like(end);
            if fits(from) && (quoted || fits(to)) && !(from.is_empty() && to.is_empty()) {
                self.at = start + from.len();
                return self.range((!from.is_empty()).then(|| from.to_owned()));
            }
        }
        Ok(match text.chars().all(|c| c == '*') {
            true => ItemKind::Exists,
            false if text.contains('*') => ItemKind::Glob(text),
            false => ItemKind::Equals(text),
        })
    }

    /// The rest of a range, from its dots on.
    fn range(&mut self, from: Option<String>) -> Result<ItemKind, QueryError> {
        self.at += "..".len();
        let to = if self.rest().starts_with('"') { self.phrase()? } else { self.bare(|c| c == ',').to_owned() };
        Ok(ItemKind::Range(from, (!to.is_empty()).then_some(to)))
    }

    /// A value, quoted or not, that may not be empty.
    fn operand(&mut self, field: usize) -> Result<String, QueryError> {
        if self.rest().starts_with('"') {
            return self.phrase();
        }
        let bare = self.bare(|c| c == ',');
        if bare.is_empty() {
            let expected = "a value right after the colon, * for any, or quotes around the whole to search for it";
            return Err(QueryError::new(field..self.at, "the value is missing", expected));
        }
        Ok(bare.to_owned())
    }
}

/// Whether a term that ends before `after` is over.
fn ends_term(after: &str) -> bool {
    after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == ')')
}
