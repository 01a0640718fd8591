//! Keys to actions.
//!
//! No key is written in code. Files in `keymaps/`, and the user's own over them, bind sequences of keys to actions, one
//! table per [`Context`]. Help, hints and palette ask [`Keymap::keys_for`] and [`Keymap::bindings`], so that a key
//! that was changed is always shown right.
//!
//! To add a keymap: put its file into `keymaps/`, holding what differs from `default.toml`, and a line into
//! [`BUILTIN`]; the tests read that list.

mod context;
mod file;
mod key;
mod names;
#[cfg(test)]
mod tests;
mod trie;

use crossterm::event::KeyEvent;

pub use context::Context;
pub use key::Key;
pub use names::KeyNames;

use super::action::Action;
use crate::config::Diagnostic;
use trie::{Clash, Found, Leaf, Trie};

/// The shipped keymaps by name. The first is the default, which the others are laid over.
pub const BUILTIN: &[(&str, &str)] = &[
    ("default", include_str!("../../../keymaps/default.toml")),
    ("vim", include_str!("../../../keymaps/vim.toml")),
    ("less", include_str!("../../../keymaps/less.toml")),
    ("emacs", include_str!("../../../keymaps/emacs.toml")),
];

/// What every key does in every context.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Keymap {
    tries: [Trie; Context::ALL.len()],
    /// What [`Keymap::bindings`] tells, told once: hints ask for it with every frame.
    bindings: [Vec<Binding>; Context::ALL.len()],
}

/// What the keys pressed so far mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// They are complete: run these in order.
    Matched(Vec<Action>),
    /// More keys have to follow; these may.
    Pending(Vec<Binding>),
    /// They mean nothing here. In a prompt, a single printable one is to be typed.
    None,
}

/// A sequence of keys and what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The keys as they are shown, with blanks between them; of a pending sequence, those that are still to come.
    pub keys: String,
    /// What is run, in order; never empty.
    pub actions: Vec<Action>,
}

/// The text of the shipped keymap `name`.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Keymap {
    /// Reads keymap files, pairs of a name for messages and a text, each laid over those before it, key by key. What
    /// is wrong is left out and told in the diagnostics.
    pub fn load(layers: &[(&str, &str)]) -> (Self, Vec<Diagnostic>) {
        let mut keymap = Self::default();
        let mut diagnostics = Vec::new();
        for (layer, (file, text)) in layers.iter().enumerate() {
            let (bindings, mut found) = file::read(file, text);
            for binding in bindings {
                let leaf = Leaf { actions: binding.actions, layer, offset: binding.offset };
                let trie = &mut keymap.tries[binding.context as usize];
                if let Err(clash) = trie.bind(&binding.keys, leaf) {
                    let message = told(clash, &shown(&binding.keys));
                    found.push(Diagnostic::at(file, text, binding.offset, message));
                }
            }
            found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
            diagnostics.extend(found);
        }
        keymap.bindings = Context::ALL.map(|context| keymap.find_bindings(context));
        (keymap, diagnostics)
    }

    /// The shipped keymap `name`; `None` when there is none of that name.
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, base) = BUILTIN.first()?;
        let text = builtin(name)?;
        let layers = [("default.toml", *base), (name, text)];
        Some(Self::load(if text == *base { &layers[..1] } else { &layers }).0)
    }

    /// What `pending`, all keys pressed since the last resolution, means in `context`. The context's own bindings come
    /// before the global ones; what a prompt can type is not looked up globally.
    pub fn resolve(&self, context: Context, pending: &[KeyEvent]) -> Resolution {
        let keys: Vec<_> = pending.iter().filter_map(Key::from_event).collect();
        self.resolve_keys(context, &keys)
    }

    /// The keys that run just `action` in `context`, as they are shown, best first: those of the context itself, of
    /// the user's file, and those that stand first in their file.
    pub fn keys_for(&self, context: Context, action: Action) -> Vec<String> {
        let bindings = self.bindings(context).iter();
        bindings.filter(|binding| binding.actions == [action]).map(|binding| binding.keys.clone()).collect()
    }

    /// All that keys do in `context`, the global ones last. What the context's own bindings hide is left out.
    pub fn bindings(&self, context: Context) -> &[Binding] {
        &self.bindings[context as usize]
    }

    fn find_bindings(&self, context: Context) -> Vec<Binding> {
        let mut bindings = Vec::new();
        for place in context.chain() {
            for (keys, leaf) in self.tries[*place as usize].leaves() {
                if self.resolve_keys(context, &keys) == Resolution::Matched(leaf.actions.clone()) {
                    let keys = shown(&keys);
                    // Of the same keys bound in two places only the first is reached.
                    if !bindings.iter().any(|known: &Binding| known.keys == keys) {
                        bindings.push(Binding { keys, actions: leaf.actions.clone() });
                    }
                }
            }
        }
        bindings
    }

    fn resolve_keys(&self, context: Context, keys: &[Key]) -> Resolution {
        let Some(first) = keys.first() else { return Resolution::None };
        let is_typed = context.is_typing() && first.printable().is_some();
        let mut hints: Vec<Binding> = Vec::new();
        for place in context.chain().iter().filter(|place| place.is_typing() || !is_typed) {
            match self.tries[*place as usize].find(keys) {
                // A longer sequence of a nearer context hides this one, and so does an unbinding.
                Found::Leaf(leaf) if hints.is_empty() && !leaf.actions.is_empty() => {
                    return Resolution::Matched(leaf.actions.clone());
                }
                Found::Leaf(_) => break,
                Found::Branch(trie) => {
                    let bound = trie.leaves().into_iter().filter(|(_, leaf)| !leaf.actions.is_empty());
                    hints.extend(
                        bound.map(|(rest, leaf)| Binding { keys: shown(&rest), actions: leaf.actions.clone() }),
                    );
                }
                Found::Nothing => {}
            }
        }
        if hints.is_empty() { Resolution::None } else { Resolution::Pending(hints) }
    }
}

fn shown(keys: &[Key]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn told(clash: Clash, keys: &str) -> String {
    match clash {
        Clash::Twice => format!("`{keys}` is bound twice in this context"),
        Clash::Prefix => format!("`{keys}` can not be both a binding and the beginning of another"),
    }
}
