//! One key as keymaps write it and as terminals send it, brought to one form.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key with its modifiers, such that two are equal when a user would call them the same key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys that have a name, as they are shown first and as they may be written besides, in lower case.
const NAMED: &[(&str, KeyCode, &[&str])] = &[
    ("Enter", KeyCode::Enter, &["return"]),
    ("Esc", KeyCode::Esc, &["escape"]),
    ("Space", KeyCode::Char(' '), &[]),
    ("Tab", KeyCode::Tab, &[]),
    ("Backspace", KeyCode::Backspace, &[]),
    ("Del", KeyCode::Delete, &["delete"]),
    ("Ins", KeyCode::Insert, &["insert"]),
    ("Home", KeyCode::Home, &[]),
    ("End", KeyCode::End, &[]),
    ("PgUp", KeyCode::PageUp, &["pageup", "page-up"]),
    ("PgDn", KeyCode::PageDown, &["pagedown", "page-down"]),
    ("↑", KeyCode::Up, &["up"]),
    ("↓", KeyCode::Down, &["down"]),
    ("←", KeyCode::Left, &["left"]),
    ("→", KeyCode::Right, &["right"]),
];

/// How modifiers are shown, in this order, and how they may be written besides, in lower case.
const MODIFIERS: &[(&str, KeyModifiers, &[&str])] = &[
    ("Ctrl-", KeyModifiers::CONTROL, &["control-", "c-"]),
    ("Alt-", KeyModifiers::ALT, &["meta-", "m-"]),
    ("Shift-", KeyModifiers::SHIFT, &["s-"]),
];

impl Key {
    /// The key of a terminal's event; `None` when it is let go rather than pressed.
    pub fn from_event(event: &KeyEvent) -> Option<Self> {
        (event.kind != KeyEventKind::Release).then(|| Self::new(event.code, event.modifiers))
    }

    /// A key in its one form: Shift is part of the character where there is one, Shift-Tab is Tab with Shift, and
    /// Ctrl does not tell upper from lower case, since most terminals can not.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT },
            KeyCode::Char(character) => {
                let is_shifted = modifiers.contains(KeyModifiers::SHIFT);
                let character = if modifiers.contains(KeyModifiers::CONTROL) {
                    single(character.to_lowercase()).unwrap_or(character)
                } else if is_shifted {
                    single(character.to_uppercase()).unwrap_or(character)
                } else {
                    character
                };
                Self { code: KeyCode::Char(character), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            _ => Self { code, modifiers },
        }
    }

    /// The press of this key, as a terminal would send it.
    pub fn to_event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Reads one key: `q`, `G`, `?`, `Ctrl-L`, `Alt-Enter`, `Shift-Tab`, `F1`, `Space`, `PgDn`, `↑`. Names and
    /// modifiers may be of any case.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        // A lone `-` at the end is the key itself, so a modifier counts only when something follows it.
        while let Some((after, modifier)) = strip_modifier(rest).filter(|(after, _)| !after.is_empty()) {
            rest = after;
            modifiers |= modifier;
        }
        let code = parse_code(rest)?;
        Some(Self::new(code, modifiers))
    }

    /// The character that it types, unless Ctrl or Alt make it something else.
    pub fn printable(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier, _) in MODIFIERS {
            if self.modifiers.contains(*modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, ..)) = NAMED.iter().find(|(_, known, _)| *known == self.code) {
            return f.write_str(name);
        }
        match self.code {
            // As it stands on the keyboard: `Ctrl-L` for what is sent in lower case.
            KeyCode::Char(character) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", character.to_uppercase())
            }
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// The only character of `characters`; `None` when there are several, as in the upper case of `ß`.
fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn strip_modifier(text: &str) -> Option<(&str, KeyModifiers)> {
    let (head, rest) = text.split_once('-')?;
    let prefix = format!("{}-", head.to_lowercase());
    let is_named = |name: &str, others: &[&str]| name.to_lowercase() == prefix || others.contains(&prefix.as_str());
    MODIFIERS.iter().find(|(name, _, others)| is_named(name, others)).map(|(_, modifier, _)| (rest, *modifier))
}

fn parse_code(text: &str) -> Option<KeyCode> {
    let mut characters = text.chars();
    if let (Some(character), None) = (characters.next(), characters.next())
        && !character.is_control()
        && !character.is_whitespace()
        && !matches!(character, '↑' | '↓' | '←' | '→')
    {
        return Some(KeyCode::Char(character));
    }
    let lower = text.to_lowercase();
    if let Some(number) = lower.strip_prefix('f').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return number.parse().ok().filter(|number| (1..=24).contains(number)).map(KeyCode::F);
    }
    let is_named = |name: &str, others: &[&str]| name.to_lowercase() == lower || others.contains(&lower.as_str());
    NAMED.iter().find(|(name, _, others)| is_named(name, others)).map(|(_, code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_shown_in_one_form() {
        for (written, shown) in [
            ("q", "q"),
            ("G", "G"),
            ("-", "-"),
            ("Ctrl--", "Ctrl--"),
            ("ctrl-l", "Ctrl-L"),
            ("C-L", "Ctrl-L"),
            ("Shift-g", "G"),
            ("shift-tab", "Shift-Tab"),
            ("M-<", "Alt-<"),
            ("alt-ctrl-x", "Ctrl-Alt-X"),
            ("enter", "Enter"),
            ("escape", "Esc"),
            ("space", "Space"),
            ("Ctrl-Space", "Ctrl-Space"),
            ("PageDown", "PgDn"),
            ("up", "↑"),
            ("→", "→"),
            ("f12", "F12"),
            ("f", "f"),
            ("Delete", "Del"),
            ("ö", "ö"),
        ] {
            let key = Key::parse(written).unwrap_or_else(|| panic!("{written} is no key"));
            assert_eq!(key.to_string(), shown, "{written}");
            assert_eq!(Key::parse(shown), Some(key), "{shown} reads back");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in ["", "Ctrl-", "Hyper-x", "F0", "F25", "F999", "gg", "Entr", " ", "\t", "\u{1b}", "Ctrl-Ctrl"] {
            assert_eq!(Key::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn terminals_may_send_one_key_in_several_ways() {
        let shift = KeyModifiers::SHIFT;
        let control = KeyModifiers::CONTROL;
        for (one, other) in [
            ((KeyCode::Char('G'), KeyModifiers::NONE), (KeyCode::Char('G'), shift)),
            ((KeyCode::Char('G'), KeyModifiers::NONE), (KeyCode::Char('g'), shift)),
            ((KeyCode::Char('?'), KeyModifiers::NONE), (KeyCode::Char('?'), shift)),
            ((KeyCode::Char('l'), control), (KeyCode::Char('L'), control | shift)),
            ((KeyCode::BackTab, KeyModifiers::NONE), (KeyCode::Tab, shift)),
            ((KeyCode::BackTab, shift), (KeyCode::Tab, shift)),
        ] {
            assert_eq!(Key::new(one.0, one.1), Key::new(other.0, other.1), "{one:?} {other:?}");
        }
        let released = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(Key::from_event(&released), None);
        assert_ne!(Key::new(KeyCode::Char('q'), KeyModifiers::SUPER), Key::parse("q").unwrap());
    }
}
