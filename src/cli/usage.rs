//! Mistakes on the command line that clap can not see, such as a filter that is wrong: they end with code 2.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::query::QueryError;
use crate::theme::safe::safe;

/// The command line is wrong; says what and what was expected.
#[derive(Debug)]
pub(super) struct Usage(pub(super) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

impl Usage {
    /// What is wrong with the query `text`, with a caret under every column that is wrong.
    pub(super) fn query(flag: &str, text: &str, error: &QueryError) -> Self {
        let until = |end: usize| safe(text.get(..end).unwrap_or(text)).width();
        let (start, end) = (until(error.span.start), until(error.span.end));
        let carets = "^".repeat(end.saturating_sub(start).max(1));
        Self(format!("{flag}: {error}\n  {}\n  {}{carets}", safe(text), " ".repeat(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn a_caret_stands_under_what_is_wrong_by_cells_and_not_by_bytes() {
        let told = |text: &str| Usage::query("--filter", text, &parse(text).unwrap_err()).to_string();
        let narrow = told("a level:>");
        assert!(narrow.ends_with("\n  a level:>\n    ^^^^^^^"), "{narrow}");
        let wide = told("漢字 \"open");
        assert!(wide.ends_with("\n  漢字 \"open\n       ^^^^^"), "{wide}");
    }
}
