//! Patterns in which `*` stands for any run of characters.

/// A compiled pattern. It must cover the whole text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glob {
    pattern: Box<[u8]>,
    any_case: bool,
}

impl Glob {
    /// A pattern that tells the cases apart.
    pub(super) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.as_bytes().into(), any_case: false }
    }

    /// A pattern that takes ASCII letters of either case for each other.
    pub(super) fn any_case(pattern: &str) -> Self {
        Self { pattern: pattern.as_bytes().into(), any_case: true }
    }

    /// Whether `text` looks like this. O(pattern × text) at worst, without recursion: only the latest star is retried.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let (mut p, mut t) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(byte) = text.get(t) {
            match self.pattern.get(p) {
                Some(b'*') => {
                    p += 1;
                    retry = Some((p, t));
                    continue;
                }
                Some(want) if self.same(*want, *byte) => {
                    p += 1;
                    t += 1;
                    continue;
                }
                _ => {}
            }
            let Some((after_star, taken)) = retry else { return false };
            retry = Some((after_star, taken + 1));
            (p, t) = (after_star, taken + 1);
        }
        self.pattern.iter().skip(p).all(|rest| *rest == b'*')
    }

    fn same(&self, a: u8, b: u8) -> bool {
        a == b || (self.any_case && a.eq_ignore_ascii_case(&b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, text, expected) in [
            ("pay*", "payments", true),
            ("pay*", "Payments", false),
            ("*ments", "payments", true),
            ("p*m*s", "payments", true),
            ("p*m*x", "payments", false),
            ("*", "", true),
            ("a", "", false),
            ("", "", true),
            ("a*b*c", "aXbXbXc", true),
            ("ab", "abc", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(text.as_bytes()), expected, "{pattern} {text}");
        }
        assert!(Glob::any_case("PAY*S").matches(b"payments"));
    }

    proptest! {
        #[test]
        fn a_glob_is_the_regex_it_stands_for(pattern in "[ab*]{0,8}", text in "[ab]{0,12}") {
            let regex = format!("^{}$", pattern.replace('*', ".*"));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&text);
            prop_assert_eq!(Glob::new(&pattern).matches(text.as_bytes()), expected);
        }
    }
}
