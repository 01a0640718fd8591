//! Private keys that were logged one line of theirs a row.
//!
//! A row shows no more than a line of base64, so what tells is the row with the key's beginning some rows before.

use crate::session::MASKED;
use crate::store::NameId;

/// Rows after its beginning in which a key is expected: a key of 16,384 bits has 200.
const MAX_ROWS: u16 = 256;
/// Keys that are followed at a time, each in another source.
const MAX_OPEN: usize = 64;
/// Base64 digits that a word must have to be masked where the row has other words, too.
const MIN_DIGITS: usize = 16;

/// The keys that began and did not end.
#[derive(Debug, Default)]
pub(in crate::session) struct KeyBlocks {
    /// The source that logs it, and the rows in which it is still expected.
    open: Vec<(NameId, u16)>,
}

impl KeyBlocks {
    /// Looks at a row of `source`; answers what it is to become if it holds a part of a key. Cheap where no key began.
    pub(in crate::session) fn row(&mut self, source: NameId, text: &[u8]) -> Option<Vec<u8>> {
        let has = |mark: &[u8]| memchr::memmem::find(text, mark).is_some();
        if has(b"PRIVATE KEY") {
            self.open.retain(|(known, _)| *known != source);
            if has(b"-----BEGIN ") && !has(b"-----END ") && self.open.len() < MAX_OPEN {
                self.open.push((source, MAX_ROWS));
            }
            return None;
        }
        let place = self.open.iter().position(|(known, _)| *known == source)?;
        let (_, left) = self.open.get_mut(place)?;
        *left -= 1;
        if *left == 0 {
            self.open.swap_remove(place);
        }
        mask_last_word(text)
    }
}

fn mask_last_word(text: &[u8]) -> Option<Vec<u8>> {
    let trimmed = text.trim_ascii_end();
    let start = trimmed.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let (head, word) = trimmed.split_at_checked(start)?;
    let is_base64 = word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    let is_whole = head.trim_ascii().is_empty();
    (is_base64 && !word.is_empty() && (is_whole || word.len() >= MIN_DIGITS))
        .then(|| [head, MASKED.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each row becomes, on one source.
    fn check(rows: &[(&str, &str)]) {
        let mut blocks = KeyBlocks::default();
        for (row, masked) in rows {
            let out = blocks.row(1, row.as_bytes()).unwrap_or_else(|| row.as_bytes().to_vec());
            assert_eq!(String::from_utf8(out).unwrap(), *masked);
        }
    }

    #[test]
    fn a_key_logged_line_by_line_is_masked_from_begin_to_end() {
        check(&[
            ("abc", "abc"),
            ("12:00 app -----BEGIN RSA PRIVATE KEY-----", "12:00 app -----BEGIN RSA PRIVATE KEY-----"),
            ("12:00 app MIIEowIBAAKCAQEA+/0", "12:00 app ***"),
            ("12:00 app is working", "12:00 app is working"),
            ("  abc=\r", "  ***"),
            ("-----END RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"),
            ("abc", "abc"),
        ]);
    }

    #[test]
    fn sources_do_not_mix_and_a_key_without_end_is_given_up() {
        let mut blocks = KeyBlocks::default();
        assert_eq!(blocks.row(1, b"-----BEGIN PRIVATE KEY-----"), None);
        assert_eq!(blocks.row(2, b"abc"), None);
        for _ in 0..MAX_ROWS {
            assert_eq!(blocks.row(1, b"abc"), Some(b"***".to_vec()));
        }
        assert_eq!(blocks.row(1, b"abc"), None);
    }
}
