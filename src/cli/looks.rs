//! Themes and keymaps by name: the user's own files beside the config before the shipped ones.

use std::path::{Path, PathBuf};

use crate::config::{Config, Diagnostic, default_path, nearest};
use crate::theme::{self, ColorDepth, Theme};
use crate::tui::keymap::{self, Keymap};

/// What the screen looks like and what keys do, and what was wrong with the files that say so.
pub(super) struct Looks {
    pub(super) theme: Theme,
    /// The one in force first, then the shipped ones.
    pub(super) themes: Vec<Theme>,
    pub(super) keymap: Keymap,
    pub(super) notices: Vec<String>,
}

/// Loads what the config names. A theme or keymap that is not there, or has mistakes, is told and replaced by what is
/// right, so that the screen opens all the same.
pub(super) fn load(config: &Config, config_file: Option<&Path>, no_color: bool) -> Looks {
    let own = |kind: &str, name: &str| own(config_file, kind, name);
    let depth = if no_color { ColorDepth::None } else { depth() };
    let mut notices = Vec::new();
    let theme = first_theme(&config.ui.theme, &|name| own("themes", name), &mut notices).reduced(depth);
    let others = theme::BUILTIN.iter().filter(|(name, _)| *name != config.ui.theme);
    let others = others.filter_map(|(name, _)| Theme::shipped(name)).map(|theme| theme.reduced(depth));
    let themes = std::iter::once(theme.clone()).chain(others).collect();
    let keymap = load_keymap(&config.ui.keymap, &|name| own("keymaps", name), &mut notices);
    Looks { theme, themes, keymap, notices }
}

/// The theme that the config names, in at least sixteen colours: for output where colours were asked for.
pub(super) fn theme(config: &Config, config_file: Option<&Path>) -> Theme {
    let own = |name: &str| own(config_file, "themes", name);
    first_theme(&config.ui.theme, &own, &mut Vec::new()).reduced(depth().max(ColorDepth::Ansi16))
}

/// Whether the environment says that there are colours.
pub(super) fn has_colours() -> bool {
    depth() != ColorDepth::None
}

/// The text of a file of the user's own, beside the config.
fn own(config_file: Option<&Path>, kind: &str, name: &str) -> Option<String> {
    let config = config_file.map(Path::to_path_buf).or_else(default_path)?;
    let path = config.parent().map(PathBuf::from)?.join(kind).join(format!("{name}.toml"));
    std::fs::read_to_string(path).ok()
}

fn first_theme(name: &str, own: &dyn Fn(&str) -> Option<String>, notices: &mut Vec<String>) -> Theme {
    let text_of = |name: &str| own(name).or_else(|| theme::builtin(name).map(str::to_owned));
    let text = text_of(name).or_else(|| {
        let near = nearest(name, theme::BUILTIN.iter().map(|(known, _)| *known));
        notices.push(unknown("theme", name, near));
        theme::builtin("dark").map(str::to_owned)
    });
    // The text of a theme that inherits its own name means the shipped one.
    let resolver =
        |wanted: &str| if wanted == name { theme::builtin(wanted).map(str::to_owned) } else { text_of(wanted) };
    let (theme, diagnostics) = Theme::load(name, &text.unwrap_or_default(), &resolver);
    tell(&diagnostics, notices);
    theme
}

fn load_keymap(name: &str, own: &dyn Fn(&str) -> Option<String>, notices: &mut Vec<String>) -> Keymap {
    let mut layers: Vec<(String, String)> = Vec::new();
    if let Some((base, text)) = keymap::BUILTIN.first() {
        layers.push((format!("{base}.toml"), (*text).to_owned()));
    }
    let shipped = keymap::builtin(name).filter(|_| name != "default");
    layers.extend(shipped.map(|text| (format!("{name}.toml"), text.to_owned())));
    let user = own(name);
    if user.is_none() && keymap::builtin(name).is_none() {
        notices.push(unknown("keymap", name, nearest(name, keymap::BUILTIN.iter().map(|(known, _)| *known))));
    }
    layers.extend(user.map(|text| (format!("keymaps/{name}.toml"), text)));
    let layers: Vec<(&str, &str)> = layers.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (keymap, diagnostics) = Keymap::load(&layers);
    tell(&diagnostics, notices);
    keymap
}

fn unknown(what: &str, name: &str, near: Option<&str>) -> String {
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("no {what} is called `{name}`{hint}")
}

fn tell(diagnostics: &[Diagnostic], notices: &mut Vec<String>) {
    notices.extend(diagnostics.iter().map(ToString::to_string));
}

fn depth() -> ColorDepth {
    let get = |name| std::env::var(name).ok();
    let (no_color, colorterm, term) = (get("NO_COLOR"), get("COLORTERM"), get("TERM"));
    ColorDepth::detect(no_color.as_deref(), colorterm.as_deref(), term.as_deref())
}
