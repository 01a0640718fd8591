//! Looks: roles to styles, theme files to themes.
//!
//! No colour is written in code. Code names a [`Role`], a theme file in `themes/` says how it looks, and what the
//! terminal can not show is reduced once, when the theme is loaded, so that drawing has no case for it. Knows neither
//! terminal nor files: loaders take text.
//!
//! To add a theme: put its file into `themes/` and a line into [`BUILTIN`]; the tests read that list.

pub mod ansi;
mod colour;
mod file;
mod role;
pub mod safe;
pub mod sgr;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

pub use colour::ColorDepth;
pub use file::Kind;
pub use role::Role;

use crate::config::{Diagnostic, unknown};
use crate::model::Level;
use file::{Paint, Sheet};

/// The shipped themes by name, in the order in which they are cycled through. The first is the default.
pub const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("dusk", include_str!("../../themes/dusk.toml")),
    ("paper", include_str!("../../themes/paper.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
];

/// How many themes one may build on another: more is a mistake or malice.
const MAX_INHERITED: usize = 8;

/// A style for every role, at the depth of the terminal.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    name: String,
    kind: Kind,
    background: Color,
    styles: [Style; Role::COUNT],
    depth: ColorDepth,
}

/// The text of the shipped theme `name`.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Theme {
    /// Reads the theme `name` from `text`, in full colours. `resolver` answers the text of the theme that a file
    /// inherits, usually the user's file before the shipped one; a theme that inherits its own name means the shipped
    /// one. What is wrong is left out, told in the diagnostics, and falls back to what is right.
    pub fn load(name: &str, text: &str, resolver: &dyn Fn(&str) -> Option<String>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let sheets = collect(name, text, resolver, &mut diagnostics);
        let theme = Self::assemble(name, &sheets, &mut diagnostics);
        diagnostics.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        (theme, diagnostics)
    }

    /// The shipped theme `name`, in full colours; `None` when there is none of that name.
    pub fn shipped(name: &str) -> Option<Self> {
        let shipped = |name: &str| builtin(name).map(str::to_owned);
        builtin(name).map(|text| Self::load(name, text, &shipped).0)
    }

    /// The theme as a terminal of that depth shows it. Do it once: a reduced theme does not get its colours back.
    #[must_use]
    pub fn reduced(mut self, depth: ColorDepth) -> Self {
        let is_dark = self.kind == Kind::Dark;
        let ground = self.style(Role::Text).bg.unwrap_or(if is_dark { Color::Black } else { Color::White });
        let ground = colour::to_16(ground, is_dark);
        for (style, role) in self.styles.iter_mut().zip(Role::ALL) {
            *style = match depth {
                ColorDepth::True => *style,
                ColorDepth::Ansi256 => map_colours(*style, colour::to_256),
                ColorDepth::Ansi16 if *role == Role::Text => map_colours(*style, |color| colour::to_16(color, is_dark)),
                ColorDepth::Ansi16 => to_16(*style, *role, ground, is_dark),
                ColorDepth::None => Style::new().add_modifier(role.plain()),
            };
        }
        self.depth = depth;
        self
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is drawn light on dark or dark on light.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The ground it is meant for, which contrast is measured against. Painted only where [`Role::Text`] paints it.
    pub fn background(&self) -> Color {
        self.background
    }

    /// How `role` looks. Styles are meant to be laid over the style of [`Role::Text`]: they leave unset what is the
    /// same there.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// How a record's level looks.
    pub fn level(&self, level: Level) -> Style {
        self.style(match level {
            Level::Unset => Role::LevelUnset,
            Level::Trace => Role::LevelTrace,
            Level::Debug => Role::LevelDebug,
            Level::Info => Role::LevelInfo,
            Level::Warn => Role::LevelWarn,
            Level::Error => Role::LevelError,
            Level::Fatal => Role::LevelFatal,
        })
    }

    /// How the service `name` looks: one of twelve colours, the same one in every run and on every machine.
    pub fn service(&self, name: &str) -> Style {
        self.style(service_role(name))
    }

    /// How text looks that brings a style of its own ([`sgr`]): in as many colours as the terminal shows, and legible.
    pub fn own(&self, style: Style) -> Style {
        let is_dark = self.kind == Kind::Dark;
        let style = match self.depth {
            ColorDepth::True => style,
            ColorDepth::Ansi256 => map_colours(style, colour::to_256),
            ColorDepth::Ansi16 => map_colours(style, |color| colour::to_16(color, is_dark)),
            ColorDepth::None => Style { fg: None, bg: None, ..style },
        };
        sgr::legible(style)
    }

    fn assemble(name: &str, sheets: &[(String, String, Sheet)], diagnostics: &mut Vec<Diagnostic>) -> Self {
        // Sheets stand child first; what the child says is laid over what its parents say.
        let mut palette: BTreeMap<&str, Color> = BTreeMap::new();
        for (_, _, sheet) in sheets.iter().rev() {
            palette.extend(sheet.palette.iter().map(|(name, color)| (name.as_str(), *color)));
        }
        let mut written = BTreeMap::new();
        let (mut kind, mut background) = (Kind::default(), None);
        for (file, text, sheet) in sheets.iter().rev() {
            let mut colour = |paint: &Paint| {
                let color = palette.get(paint.word.as_str()).copied().or_else(|| colour::parse(&paint.word));
                if color.is_none() {
                    let known = palette.keys().copied().chain(colour::names());
                    let message = file::unknown_colour(&paint.word, known);
                    diagnostics.push(Diagnostic::at(file, text, paint.offset, message));
                }
                color
            };
            kind = sheet.kind.unwrap_or(kind);
            background = sheet.background.as_ref().and_then(&mut colour).or(background);
            written.extend(sheet.roles.iter().map(|(role, look)| (*role, look.style(&mut colour))));
        }
        let styles = std::array::from_fn(|index| fall_back(Role::ALL[index], &written));
        Self {
            name: name.to_owned(),
            kind,
            background: background.unwrap_or_default(),
            styles,
            depth: ColorDepth::True,
        }
    }
}

/// The sheets of the theme and of what it inherits, child first, each with its file's name and text.
fn collect(
    name: &str,
    text: &str,
    resolver: &dyn Fn(&str) -> Option<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, String, Sheet)> {
    let mut sheets: Vec<(String, String, Sheet)> = Vec::new();
    let mut next = Some((name.to_owned(), text.to_owned()));
    while let Some((name, text)) = next.take() {
        let file = format!("{name}.toml");
        let (sheet, found) = file::read(&file, &text);
        diagnostics.extend(found);
        if let Some(parent) = &sheet.inherits {
            let parent_text = if parent.name == name {
                builtin(&parent.name).filter(|shipped| *shipped != text).map(str::to_owned)
            } else {
                resolver(&parent.name)
            };
            let problem = match &parent_text {
                None => Some(unknown("theme", &parent.name, BUILTIN.iter().map(|(name, _)| *name))),
                Some(_) if sheets.len() >= MAX_INHERITED => Some("themes inherit in a circle or too deep".to_owned()),
                Some(_) => None,
            };
            match problem {
                Some(problem) => diagnostics.push(Diagnostic::at(&file, &text, parent.offset, problem)),
                None => next = parent_text.map(|text| (parent.name.clone(), text)),
            }
        }
        sheets.push((file, text, sheet));
    }
    sheets
}

/// The style of the nearest role along the chain of fallbacks that the theme gives one to.
fn fall_back(mut role: Role, written: &BTreeMap<Role, Style>) -> Style {
    loop {
        match written.get(&role) {
            Some(style) => return *style,
            None if role == Role::Text => return Style::new(),
            None => role = role.fallback(),
        }
    }
}

fn map_colours(mut style: Style, to: impl Fn(Color) -> Color) -> Style {
    style.fg = style.fg.map(&to);
    style.bg = style.bg.map(&to);
    style
}

/// `style` in sixteen colours. A ground that would vanish in the terminal's own, or take its text with it, turns into
/// what the role is without colours: a selection that can not be seen is worse than one that is reversed. The selected
/// row is always reversed, since text of any colour stands in it and none of the sixteen is a ground for all others.
fn to_16(style: Style, role: Role, ground: Color, is_dark: bool) -> Style {
    if matches!(role, Role::Selected | Role::SelectedUnfocused) {
        return Style::new().add_modifier(role.plain());
    }
    let mut reduced = map_colours(style, |color| colour::to_16(color, is_dark));
    if reduced.bg.is_some() && (reduced.bg == Some(ground) || reduced.bg == reduced.fg) {
        reduced.bg = None;
        reduced.fg = reduced.fg.filter(|color| *color != ground);
        return reduced.add_modifier(role.plain());
    }
    if reduced.fg == Some(ground) && reduced.bg.is_none() {
        reduced.fg = Some(Color::DarkGray);
    }
    reduced
}

/// FNV-1a (64 bits), folded: small, and fixed for good, since users learn their services' colours.
fn service_role(name: &str) -> Role {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let folded = (hash ^ (hash >> 32)) & 0xffff_ffff;
    let index = usize::try_from(folded % Role::SERVICES.len() as u64).unwrap_or_default();
    Role::SERVICES[index]
}
