//! The key that texts name for each action: the best one where the text stands.

use std::collections::HashMap;

use super::{Context, Keymap};
use crate::tui::action::Action;

/// The best key of every action that has one, for each context. Looked up in O(1): hints ask with every frame.
#[derive(Clone, Debug, Default)]
pub struct KeyNames([HashMap<Action, String>; Context::ALL.len()]);

impl KeyNames {
    /// The names of the keys of `keymap`. O(bindings of all contexts).
    pub fn of(keymap: &Keymap) -> Self {
        Self(Context::ALL.map(|context| {
            let mut names = HashMap::new();
            for binding in keymap.bindings(context) {
                if let [action] = binding.actions[..] {
                    names.entry(action).or_insert_with(|| binding.keys.clone());
                }
            }
            names
        }))
    }

    /// The key that runs just `action` in `context`, its own or a global one; the action's name in the palette where there is
    /// none.
    pub fn key(&self, context: Context, action: Action) -> &str {
        self.0[context as usize].get(&action).map_or_else(|| action.name(), String::as_str)
    }
}
