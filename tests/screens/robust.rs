//! What must hold on every screen: nothing panics at any size, drawing is pure, and every action may come at any time.

use spantail::tui::action::Action;
use spantail::tui::keymap::{Context, Key, Keymap};
use spantail::tui::panes::PANES;

use super::harness::{Screen, Setup, Store};
use super::{hostile, incident};

/// Sizes from nothing to a large terminal.
const SIZES: [(u16, u16); 9] = [(0, 0), (1, 1), (2, 2), (3, 7), (40, 12), (80, 24), (120, 24), (120, 40), (200, 60)];

/// Keys that lead to every screen, each from a fresh start.
const SCREENS: &[&str] = &[
    "",
    "k",
    "w k",
    "k <Enter>",
    "e t",
    "e t <Enter>",
    "2",
    "2 j <Enter>",
    "2 <Enter> <Enter>",
    "3 j",
    "6 j",
    "?",
    ":",
    ": trace",
    "/ a",
    "& level:",
    "& level:( x",
    "k m '",
    "S",
    "z",
    "T",
    "& nothing-like-this <Enter>",
];

/// Makes what is looked at.
type Make = fn() -> Store;

/// What is looked at, by name; the hostile one takes long to draw and is left out where keys are counted in thousands.
const STORES: [(&str, Make); 3] = [("empty", Store::new), ("incident", incident::store), ("hostile", hostile::store)];

#[test]
fn every_screen_is_drawn_at_every_size_and_twice_the_same() {
    for (name, store) in STORES {
        for keys in SCREENS {
            let mut screen = Screen::new(store(), 80, 24);
            screen.press(keys);
            for (width, height) in SIZES {
                let frame = screen.resize(width, height).frame();
                assert_eq!(frame, screen.draw(), "{name}, `{keys}`, {width}×{height}: drawing is not pure");
                assert_eq!(frame, screen.frame(), "{name}, `{keys}`, {width}×{height}: looking changes what is seen");
            }
        }
    }
}

#[test]
fn every_screen_works_from_the_smallest_size_on() {
    for (name, store) in STORES {
        for keys in SCREENS {
            let mut screen = Screen::new(store(), 0, 0);
            screen.press(keys).resize(80, 24);
            assert!(!screen.text().trim().is_empty(), "{name}, `{keys}`");
        }
    }
}

/// Keys that lead to each context.
fn way_to(context: Context) -> &'static str {
    match context {
        Context::Global | Context::Logs => "",
        Context::Histogram => "i",
        Context::Record => "e <Enter>",
        Context::Traces => "2",
        Context::Waterfall => "2 <Enter>",
        Context::Operations => "2 v",
        Context::Flame => "2 v v",
        Context::Scatter => "2 V",
        Context::Events => "2 <Enter> V",
        Context::Comparison => "2 d",
        Context::Services => "3",
        Context::Sources => "6",
        Context::Help => "?",
        Context::Palette => ":",
        Context::Columns => "c j",
        Context::Form => "2 / serv",
        Context::Prompt => "& level",
    }
}

#[test]
fn every_binding_of_every_context_may_be_pressed() {
    let keymap = Keymap::shipped("default").unwrap();
    for (name, store) in &STORES[..2] {
        for context in Context::ALL {
            for binding in keymap.bindings(context) {
                let mut screen = Screen::new(store(), 80, 24);
                screen.press(way_to(context));
                for _ in 0..2 {
                    binding.keys.split(' ').for_each(|key| screen.key(Key::parse(key).unwrap()));
                }
                assert!(!screen.text().trim().is_empty(), "{name}, {context:?}, {}", binding.keys);
            }
        }
    }
}

#[test]
fn every_action_may_be_chosen_from_the_palette() {
    for (name, store) in &STORES[..2] {
        for kind in PANES {
            for action in Action::ALL.iter().filter(|action| !action.is_for_prompts()) {
                let mut screen = Screen::new(store(), 80, 24);
                for action in [kind.focus, *action] {
                    screen.press(":").paste(action.name()).press("<Enter>");
                }
                assert!(!screen.text().trim().is_empty(), "{name}, {}, {action:?}", kind.title);
            }
        }
    }
}

#[test]
fn ascii_alone_is_drawn_where_no_more_is_allowed() {
    for keys in SCREENS {
        let setup = Setup { ascii: true, ..Setup::default() };
        let mut screen = Screen::with(incident::store(), setup);
        screen.press(keys);
        for (width, height) in SIZES {
            let text = screen.resize(width, height).text();
            let strange: String = text.chars().filter(|c| !c.is_ascii()).collect();
            assert!(strange.is_empty(), "`{keys}`, {width}×{height} draws {strange}\n{text}");
        }
    }
}
