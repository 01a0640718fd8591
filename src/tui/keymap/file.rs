//! Keymap files: TOML to bindings, with a diagnostic for everything that is not understood.
//!
//! Takes text, never paths. One table per [`Context`]; a sequence is written with blanks between its keys, a list
//! runs several actions in order, `none` unbinds.
//!
//! ```toml
//! [logs]
//! "g g" = "select-first"
//! "x" = ["clear-filter", "select-last"]
//! "f" = "none"
//! ```

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Context;
use super::key::Key;
use crate::config::{Diagnostic, unknown};
use crate::tui::action::Action;

/// A sequence longer than this is a mistake.
const MAX_KEYS: usize = 8;

/// One line of a keymap file.
#[derive(PartialEq, Debug)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) keys: Vec<Key>,
    /// Empty when the keys are to be unbound.
    pub(super) actions: Vec<Action>,
    /// Where the keys stand, in bytes.
    pub(super) offset: usize,
}

/// Reads the keymap `file`: its bindings in the order in which they are written.
pub(super) fn read(file: &str, text: &str) -> (Vec<Binding>, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, text, diagnostics: Vec::new(), bindings: Vec::new() };
    reader.document(table.get_ref());
    reader.bindings.sort_by_key(|binding| binding.offset);
    if errors.is_empty() {
        return (reader.bindings, reader.diagnostics);
    }
    // Where the TOML itself is broken, complaints about what was recovered from it would only confuse.
    (reader.bindings, errors.iter().map(|error| Diagnostic::from_toml(file, text, error)).collect())
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
    bindings: Vec<Binding>,
}

impl Reader<'_> {
    fn document(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            let Some(context) = Context::from_name(name.get_ref()) else {
                let known = Context::ALL.iter().map(|context| context.name());
                self.complain(&name.span(), unknown("context", name.get_ref(), known));
                continue;
            };
            let Some(table) = value.get_ref().as_table() else {
                let found = value.get_ref().type_str();
                self.complain(&value.span(), format!("a table of keys and actions is expected here, not {found}"));
                continue;
            };
            for (keys, value) in table {
                self.binding(context, keys, value);
            }
        }
    }

    fn binding(&mut self, context: Context, written: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let keys = match parse_keys(written.get_ref()) {
            Ok(keys) => keys,
            Err(problem) => return self.complain(&written.span(), problem),
        };
        if context.is_typing() && keys.first().is_some_and(|key| key.printable().is_some()) {
            let problem = format!("`{}` is typed in a prompt and can not be bound there", written.get_ref());
            return self.complain(&written.span(), problem);
        }
        if let Some(actions) = self.actions(value) {
            self.bindings.push(Binding { context, keys, actions, offset: written.span().start });
        }
    }

    /// The actions that `value` names; `None` when one of them is none, so that half a list is never run.
    fn actions(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Vec<Action>> {
        match value.get_ref() {
            DeValue::String(name) if name == "none" => Some(Vec::new()),
            DeValue::String(_) => Some(vec![self.action(value)?]),
            DeValue::Array(list) if !list.is_empty() => list.iter().map(|value| self.action(value)).collect(),
            _ => {
                self.complain(&value.span(), "the name of an action is expected here, or a list of names".to_owned());
                None
            }
        }
    }

    fn action(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Action> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let action = Action::from_name(name);
        if action.is_none() {
            let known = Action::ALL.iter().map(|action| action.name()).chain(["none"]);
            self.complain(&value.span(), unknown("action", name, known));
        }
        action
    }

    fn complain(&mut self, span: &Range<usize>, message: String) {
        self.diagnostics.push(Diagnostic::at(self.file, self.text, span.start, message));
    }
}

fn parse_keys(written: &str) -> Result<Vec<Key>, String> {
    let words: Vec<_> = written.split_whitespace().take(MAX_KEYS + 1).collect();
    match words.len() {
        0 => Err("a key is expected here; the space bar is `Space`".to_owned()),
        1..=MAX_KEYS => words.into_iter().map(|word| Key::parse(word).ok_or_else(|| not_a_key(word))).collect(),
        _ => Err(format!("a sequence has at most {MAX_KEYS} keys")),
    }
}

fn not_a_key(word: &str) -> String {
    // A word of several letters is most often a sequence without its blanks.
    if word.len() <= MAX_KEYS && word.chars().all(|character| character.is_ascii_lowercase()) {
        let apart: Vec<_> = word.split("").filter(|letter| !letter.is_empty()).collect();
        return format!("`{word}` is no key; a sequence is written with blanks: `{}`", apart.join(" "));
    }
    format!("{}; keys are written like `q`, `Ctrl-L`, `Alt-Enter`, `F1`, `PgDn`", unknown("key", word, []))
}
