//! Secrets known by the name of their field: `password=…`, `"api_key": "…"`, `{\"token\":\"…\"}`.
//!
//! A value may be quoted, and the quotes may be escaped any number of times, as in JSON that was logged as a text of
//! JSON. At nesting `n` a quote is written with 2ⁿ - 1 backslashes before it; a run of `r` backslashes before a quote
//! therefore ends every text of nesting `n` or deeper where `n` is the number of trailing one bits of `r`.

use regex::bytes::Regex;

use super::Secret;
use super::json::Strings;
use super::pattern::is_opaque;

/// The end of a field's name, its closing quote (group 2) and the separator; group 1 is the name's last word.
pub(super) const PATTERN: &str = concat!(
    r"(?i)(password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|",
    r#"private[_-]?key|account[_-]?key|credentials?)(\\*["'])?[ \t]*(?:=>|[:=])[ \t]*\[?[ \t]*"#
);

/// What the names of secret attributes end in, in lower case without `_` and `-`.
const SECRET_KEYS: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "accountkey",
    "credential",
    "credentials",
    "authorization",
    "cookie",
];

/// Values that are no secret.
const NO_SECRETS: [&[u8]; 6] = [b"null", b"none", b"nil", b"true", b"false", b"undefined"];

/// Whether the value of an attribute of this name is a secret whatever it looks like.
pub(super) fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.iter().any(|ending| {
        let letters =
            key.bytes().rev().filter(|byte| !matches!(byte, b'_' | b'-')).map(|byte| byte.to_ascii_lowercase());
        ending.bytes().rev().eq(letters.take(ending.len()))
    })
}

/// Appends the values of all secret fields in `text` to `found`.
pub(super) fn find(regex: &Regex, text: &[u8], found: &mut Vec<Secret>) {
    let mut strings = Strings::new(text);
    let mut done = 0;
    for captures in regex.captures_iter(text) {
        let (Some(all), Some(name)) = (captures.get(0), captures.get(1)) else { continue };
        if all.start() < done {
            continue;
        }
        let key_quote = captures.get(2).map(|quote| quote.range());
        let field = Field { text, key_quote, is_vague: name.as_bytes().eq_ignore_ascii_case(b"token") };
        let is_in_string = strings.is_within(name.start());
        if let Some(secret) = field.value(all.start(), all.end(), is_in_string) {
            done = secret.range.end;
            found.push(secret);
        }
    }
}

struct Field<'a> {
    text: &'a [u8],
    /// Where the quote that closes the name stands, with its backslashes.
    key_quote: Option<std::ops::Range<usize>>,
    /// Whether the name is a common word of prose, too.
    is_vague: bool,
}

impl Field<'_> {
    /// The secret whose name begins at `name` and whose value begins at `start`. `is_in_string`: the name stands in a
    /// string of a JSON document.
    fn value(self, name: usize, start: usize, is_in_string: bool) -> Option<Secret> {
        let rest = self.text.get(start..)?;
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let quote = rest.get(slashes).copied();
        let is_own_string = self.key_quote.is_some();
        let (from, len, is_quoted) = match quote {
            // The quote that ends the string in which an unquoted name stands does not begin a value.
            Some(b'"') if slashes == 0 && is_in_string && !is_own_string => return None,
            Some(b'"') => (slashes + 1, double_quoted(rest.get(slashes + 1..)?, slashes.trailing_ones()), true),
            Some(b'\'') if slashes == 0 => (1, single_quoted(rest.get(1..)?, is_in_string), true),
            _ => (0, bare(rest), false),
        };
        let value = rest.get(from..from + len)?;
        if value.is_empty() || NO_SECRETS.iter().any(|word| value.eq_ignore_ascii_case(word)) {
            return None;
        }
        if !is_quoted && !is_own_string && !self.is_bare_secret(name, start, value) {
            return None;
        }
        let quote = if is_quoted { 0..0 } else { self.key_quote.unwrap_or(0..0) };
        Some(Secret { range: start + from..start + from + len, quote })
    }

    /// Whether a value without quotes behind a name without quotes is a secret: paths of programs (`token::verify`),
    /// comparisons (`token == x`) and prose (`unexpected token: end of file`) are not.
    fn is_bare_secret(&self, name: usize, start: usize, value: &[u8]) -> bool {
        let separator = self.text.get(name..start).unwrap_or_default();
        let is_prose = self.is_vague && separator.contains(&b':') && !is_opaque(value);
        !matches!(value.first(), Some(b':' | b'=')) && !is_prose
    }
}

/// Length of a value in double quotes of this nesting, or of what is there of it.
fn double_quoted(rest: &[u8], nesting: u32) -> usize {
    let mut slashes = 0_usize;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'\\' => slashes += 1,
            b'"' if slashes.trailing_ones() <= nesting => return at - ((1 << slashes.trailing_ones()) - 1),
            _ => slashes = 0,
        }
    }
    rest.len()
}

/// Length of a value in single quotes. Within a JSON string it ends where that ends, too.
fn single_quoted(rest: &[u8], is_in_string: bool) -> usize {
    let ends = |byte: &u8| *byte == b'\'' || is_in_string && matches!(byte, b'"' | b'\\');
    rest.iter().position(ends).unwrap_or(rest.len())
}

/// Length of a value without quotes: up to white space or punctuation. The escapes `\/` and `\u0000` of JSON belong
/// to it.
fn bare(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match rest.get(at..).unwrap_or_default() {
            [b'\\', b'/', ..] => at += 2,
            [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => at += 6,
            [b'"' | b'\'' | b'\\' | b',' | b';' | b'&' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>', ..]
            | [] => return at,
            [byte, ..] if byte.is_ascii_whitespace() || byte.is_ascii_control() => return at,
            _ => at += 1,
        }
    }
}
