//! Theme files: TOML to names and styles, with a diagnostic for everything that is not understood.
//!
//! Takes text, never paths. A file that is wrong in places still gives what is right in it.
//!
//! ```toml
//! kind = "dark"            # or "light"
//! inherits = "dark"        # optional: take palette and roles from there first
//! background = "#11151c"   # what the theme is drawn on; contrast is measured against it
//! [palette]
//! sand = "#e0c58f"
//! [role]
//! title = "sand"           # short for { fg = "sand" }
//! match = { fg = "black", bg = "sand", bold = true }
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::colour;
use super::role::Role;
use crate::config::{Diagnostic, unknown};

/// Whether a theme is drawn light on dark or dark on light.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// What one theme file says, not yet put together with what it inherits.
#[derive(Default, Debug)]
pub(super) struct Sheet {
    pub(super) kind: Option<Kind>,
    pub(super) inherits: Option<Inherits>,
    pub(super) background: Option<Paint>,
    pub(super) palette: BTreeMap<String, Color>,
    pub(super) roles: BTreeMap<Role, Look>,
}

/// The theme that a file builds on, and where the file says so.
#[derive(Clone, Debug)]
pub(super) struct Inherits {
    pub(super) name: String,
    pub(super) offset: usize,
}

/// A colour as written: a name of the palette, or a colour itself. Names are looked up once palettes are merged.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    pub(super) word: String,
    pub(super) offset: usize,
}

/// The style of one role as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub(super) foreground: Option<Paint>,
    pub(super) background: Option<Paint>,
    pub(super) modifiers: Modifier,
}

/// The switches of a role's style.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// Reads the theme file `file`.
pub(super) fn read(file: &str, text: &str) -> (Sheet, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, text, diagnostics: Vec::new() };
    let sheet = reader.sheet(table.get_ref());
    if errors.is_empty() {
        return (sheet, reader.diagnostics);
    }
    // Where the TOML itself is broken, complaints about what was recovered from it would only confuse.
    (sheet, errors.iter().map(|error| Diagnostic::from_toml(file, text, error)).collect())
}

impl Look {
    /// The style, with `colour` finding what a paint means.
    pub(super) fn style(&self, mut colour: impl FnMut(&Paint) -> Option<Color>) -> Style {
        let mut style = Style::new().add_modifier(self.modifiers);
        style.fg = self.foreground.as_ref().and_then(&mut colour);
        style.bg = self.background.as_ref().and_then(&mut colour);
        style
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn sheet(&mut self, table: &DeTable<'_>) -> Sheet {
        let mut sheet = Sheet::default();
        for (key, value) in table {
            match &**key.get_ref() {
                "kind" => sheet.kind = self.kind(value),
                "inherits" => {
                    sheet.inherits =
                        self.word(value).map(|word| Inherits { name: word.to_owned(), offset: value.span().start });
                }
                "background" => sheet.background = self.paint(value),
                "palette" => sheet.palette = self.palette(value),
                "role" => sheet.roles = self.roles(value),
                wrong => {
                    let known = ["kind", "inherits", "background", "palette", "role"];
                    self.complain(&key.span(), unknown("key", wrong, known));
                }
            }
        }
        sheet
    }

    fn kind(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Kind> {
        match self.word(value)? {
            "dark" => Some(Kind::Dark),
            "light" => Some(Kind::Light),
            wrong => {
                self.complain(&value.span(), unknown("kind", wrong, ["dark", "light"]));
                None
            }
        }
    }

    fn palette(&mut self, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, Color> {
        let mut palette = BTreeMap::new();
        for (name, value) in self.table(value).into_iter().flatten() {
            let Some(word) = self.word(value) else { continue };
            match colour::parse(word) {
                Some(color) => drop(palette.insert(name.get_ref().to_string(), color)),
                None => self.complain(&value.span(), unknown_colour(word, colour::names())),
            }
        }
        palette
    }

    fn roles(&mut self, value: &Spanned<DeValue<'_>>) -> BTreeMap<Role, Look> {
        let mut roles = BTreeMap::new();
        for (name, value) in self.table(value).into_iter().flatten() {
            let Some(role) = Role::from_name(name.get_ref()) else {
                let known = Role::ALL.iter().map(|role| role.name());
                self.complain(&name.span(), unknown("role", name.get_ref(), known));
                continue;
            };
            roles.insert(role, self.look(value));
        }
        roles
    }

    fn look(&mut self, value: &Spanned<DeValue<'_>>) -> Look {
        if value.get_ref().is_str() {
            return Look { foreground: self.paint(value), ..Look::default() };
        }
        let mut look = Look::default();
        for (key, value) in self.table(value).into_iter().flatten() {
            let key_word = &**key.get_ref();
            match MODIFIERS.iter().find(|(name, _)| *name == key_word) {
                Some((_, modifier)) => match value.get_ref().as_bool() {
                    Some(is_on) => look.modifiers.set(*modifier, is_on),
                    None => self.complain(&value.span(), format!("`{key_word}` is either true or false")),
                },
                None if key_word == "fg" => look.foreground = self.paint(value),
                None if key_word == "bg" => look.background = self.paint(value),
                None => {
                    let known = ["fg", "bg"].into_iter().chain(MODIFIERS.iter().map(|(name, _)| *name));
                    self.complain(&key.span(), unknown("part of a style", key_word, known));
                }
            }
        }
        look
    }

    fn paint(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Paint> {
        self.word(value).map(|word| Paint { word: word.to_owned(), offset: value.span().start })
    }

    fn word<'v>(&mut self, value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
        let word = value.get_ref().as_str();
        if word.is_none() {
            self.complain(&value.span(), format!("a text is expected here, not {}", value.get_ref().type_str()));
        }
        word
    }

    fn table<'v, 'i>(&mut self, value: &'v Spanned<DeValue<'i>>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.complain(&value.span(), format!("a table is expected here, not {}", value.get_ref().type_str()));
        }
        table
    }

    fn complain(&mut self, span: &Range<usize>, message: String) {
        self.diagnostics.push(Diagnostic::at(self.file, self.text, span.start, message));
    }
}

/// What to say of a word that is no colour.
pub(super) fn unknown_colour<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    if word.starts_with('#') {
        return "a colour is `#` and six hex digits".to_owned();
    }
    unknown("colour", word, known)
}
