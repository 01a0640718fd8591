//! Where in a JSON text one is: within a string or outside of all.

/// Follows the strings of a text from its start. Asks must come in rising order, so that all together cost one pass.
pub(super) struct Strings<'a> {
    text: &'a [u8],
    at: usize,
    is_inside: bool,
    /// Whether the text is to be read as JSON at all.
    is_json_like: bool,
}

impl<'a> Strings<'a> {
    /// A text that begins like a JSON document is followed; in any other one is always outside.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, is_inside: false, is_json_like: Self::is_json_like(text) }
    }

    /// Whether the text begins with an object, a list or a string.
    pub(super) fn is_json_like(text: &[u8]) -> bool {
        matches!(text.trim_ascii_start(), [b'{' | b'[' | b'"', ..])
    }

    /// Whether the byte at `position` is outside of all strings of a JSON document.
    pub(super) fn is_syntax(&mut self, position: usize) -> bool {
        self.is_json_like && !self.is_within(position)
    }

    /// Whether the byte at `position` is within a string, its closing quote included.
    pub(super) fn is_within(&mut self, position: usize) -> bool {
        if !self.is_json_like {
            return false;
        }
        while self.at < position.min(self.text.len()) {
            match self.text[self.at] {
                b'\\' if self.is_inside => self.at += 1,
                b'"' => self.is_inside = !self.is_inside,
                _ => {}
            }
            self.at += 1;
        }
        self.is_inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_followed_through_escapes() {
        let text = br#"{"a\"b": 1}"#;
        let mut strings = Strings::new(text);
        let inside: String = (0..text.len()).map(|at| if strings.is_within(at) { '^' } else { '.' }).collect();
        assert_eq!(inside, "..^^^^^....");
        assert!(!Strings::new(b"a \"b\"").is_within(3), "not JSON");
    }
}
