//! The shipped keymaps are whole; keys find their actions; wrong keymaps are told about, with their line.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;

use super::*;

fn events(keys: &str) -> Vec<KeyEvent> {
    keys.split(' ').map(|word| Key::parse(word).unwrap().to_event()).collect()
}

fn resolve(keymap: &Keymap, context: Context, keys: &str) -> Resolution {
    keymap.resolve(context, &events(keys))
}

fn matched(actions: &[Action]) -> Resolution {
    Resolution::Matched(actions.to_vec())
}

fn load(texts: &[&str]) -> (Keymap, Vec<String>) {
    let layers: Vec<_> = texts.iter().map(|text| ("x.toml", *text)).collect();
    let (keymap, diagnostics) = Keymap::load(&layers);
    (keymap, diagnostics.iter().map(ToString::to_string).collect())
}

fn shipped() -> impl Iterator<Item = (&'static str, Keymap)> {
    BUILTIN.iter().map(|(name, _)| (*name, Keymap::shipped(name).unwrap()))
}

#[test]
fn every_shipped_keymap_loads_clean() {
    for (name, text) in BUILTIN {
        let layers = [("default.toml", BUILTIN[0].1), (*name, *text)];
        let layers = if *name == "default" { &layers[..1] } else { &layers[..] };
        assert_eq!(Keymap::load(layers).1, [], "{name}");
    }
}

#[test]
fn the_list_of_shipped_keymaps_is_the_directory() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/keymaps");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut listed: Vec<_> = BUILTIN.iter().map(|(name, _)| format!("{name}.toml")).collect();
    listed.sort();
    assert_eq!(files, listed);
}

#[test]
fn every_action_has_a_key_in_every_shipped_keymap() {
    for (name, keymap) in shipped() {
        for action in Action::ALL {
            let has_key = Context::ALL.iter().any(|context| !keymap.keys_for(*context, *action).is_empty());
            assert!(has_key, "{name}: {}", action.name());
        }
    }
}

#[test]
fn nothing_is_only_on_a_key_that_terminals_keep() {
    let is_kept = |keys: &str| keys.split(' ').any(|key| ["Ctrl-H", "Ctrl-J", "Ctrl-S", "Ctrl-Q"].contains(&key));
    for (name, keymap) in shipped() {
        for context in Context::ALL {
            // What a prompt lets through to the global keys may have its other key outside, where it is not typed.
            let outside = if context.is_typing() { keymap.bindings(Context::Global) } else { &[] };
            let bindings = keymap.bindings(context);
            for binding in bindings {
                let mut others = bindings.iter().chain(outside).filter(|other| other.actions == binding.actions);
                assert!(others.any(|other| !is_kept(&other.keys)), "{name}: {} {binding:?}", context.name());
            }
        }
    }
}

#[test]
fn every_shipped_keymap_keeps_the_keys_that_users_try_first() {
    for (name, keymap) in shipped() {
        for (keys, action) in [
            ("Space", Action::TogglePause),
            ("F1", Action::Help),
            ("q", Action::Quit),
            ("Enter", Action::DrillDown),
            ("Esc", Action::Back),
            ("Down", Action::SelectNext),
            ("j", Action::SelectNext),
            ("/", Action::Search),
            ("&", Action::Filter),
            (":", Action::Palette),
        ] {
            assert_eq!(resolve(&keymap, Context::Logs, keys), matched(&[action]), "{name}: {keys}");
        }
        assert_eq!(resolve(&keymap, Context::Palette, "Enter"), matched(&[Action::PromptAccept]), "{name}");
        assert_eq!(resolve(&keymap, Context::Palette, "Down"), matched(&[Action::SelectNext]), "{name}");
    }
}

#[test]
fn a_context_comes_before_the_global_keys() {
    let (keymap, _) = load(&["[global]\nx = \"quit\"\ny = \"help\"\n[logs]\nx = \"copy\"\ny = \"none\"\n"]);
    assert_eq!(resolve(&keymap, Context::Logs, "x"), matched(&[Action::Copy]));
    assert_eq!(resolve(&keymap, Context::Traces, "x"), matched(&[Action::Quit]));
    assert_eq!(resolve(&keymap, Context::Logs, "y"), Resolution::None);
    assert_eq!(keymap.keys_for(Context::Logs, Action::Quit), Vec::<String>::new());
    assert_eq!(keymap.keys_for(Context::Global, Action::Quit), ["x"]);
    assert_eq!(keymap.resolve(Context::Logs, &[]), Resolution::None);
}

#[test]
fn a_sequence_is_pending_until_it_is_complete() {
    let (keymap, _) = load(&["[global]\n\"g g\" = \"select-first\"\n[logs]\n\"g e\" = [\"mark\", \"select-last\"]\n"]);
    let Resolution::Pending(hints) = resolve(&keymap, Context::Logs, "g") else { panic!("not pending") };
    let hint = |keys: &str, actions: &[Action]| Binding { keys: keys.to_owned(), actions: actions.to_vec() };
    assert_eq!(hints, [hint("e", &[Action::Mark, Action::SelectLast]), hint("g", &[Action::SelectFirst])]);
    assert_eq!(resolve(&keymap, Context::Logs, "g g"), matched(&[Action::SelectFirst]));
    assert_eq!(resolve(&keymap, Context::Logs, "g e"), matched(&[Action::Mark, Action::SelectLast]));
    assert_eq!(resolve(&keymap, Context::Logs, "g x"), Resolution::None);
    assert_eq!(resolve(&keymap, Context::Logs, "g g g"), Resolution::None);
    assert_eq!(keymap.keys_for(Context::Logs, Action::SelectFirst), ["g g"]);
}

#[test]
fn a_sequence_of_a_context_hides_the_global_key_it_begins_with() {
    let (keymap, _) = load(&["[global]\nz = \"toggle-zoom\"\n[waterfall]\n\"z a\" = \"toggle-collapse\"\n"]);
    assert!(matches!(resolve(&keymap, Context::Waterfall, "z"), Resolution::Pending(_)));
    assert_eq!(keymap.keys_for(Context::Waterfall, Action::ToggleZoom), Vec::<String>::new());
    assert_eq!(resolve(&keymap, Context::Logs, "z"), matched(&[Action::ToggleZoom]));
}

#[test]
fn a_prompt_types_what_can_be_typed() {
    let keymap = Keymap::shipped("default").unwrap();
    for keys in ["q", "Space", "?", "G", "1"] {
        assert_eq!(resolve(&keymap, Context::Prompt, keys), Resolution::None, "{keys}");
        assert_eq!(resolve(&keymap, Context::Palette, keys), Resolution::None, "{keys}");
    }
    assert_eq!(resolve(&keymap, Context::Prompt, "F1"), matched(&[Action::Help]));
    assert_eq!(resolve(&keymap, Context::Prompt, "PgDn"), matched(&[Action::PageDown]));
    assert_eq!(resolve(&keymap, Context::Prompt, "Ctrl-D"), matched(&[Action::DeleteForward]));
    assert_eq!(resolve(&keymap, Context::Palette, "Tab"), matched(&[Action::PromptComplete]));
    assert_eq!(resolve(&keymap, Context::Prompt, "Tab"), matched(&[Action::PromptComplete]));
    let emacs = Keymap::shipped("emacs").unwrap();
    assert_eq!(resolve(&emacs, Context::Prompt, "Ctrl-X o"), matched(&[Action::NextPane]));
}

#[test]
fn the_user_s_file_is_laid_over_key_by_key_and_shown_first() {
    let default = BUILTIN[0].1;
    let (keymap, diagnostics) = load(&[default, "[global]\n\"g g\" = \"select-first\"\nU = \"quit\"\nf = \"none\"\n"]);
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!(keymap.keys_for(Context::Logs, Action::Quit), ["U", "q", "Ctrl-C"]);
    assert_eq!(keymap.keys_for(Context::Logs, Action::SelectFirst), ["g g", "Home"]);
    assert_eq!(keymap.keys_for(Context::Logs, Action::ToggleFollow), Vec::<String>::new());
    let (keymap, _) = load(&["[global]\n\"g g\" = \"quit\"\n\"g h\" = \"help\"\n", "[global]\ng = \"copy\"\n"]);
    assert_eq!(resolve(&keymap, Context::Logs, "g"), matched(&[Action::Copy]));
}

#[test]
fn keys_are_shown_as_they_stand_on_the_keyboard() {
    let keymap = Keymap::shipped("default").unwrap();
    for (context, action, keys) in [
        (Context::Logs, Action::DrillDown, &["Enter"][..]),
        (Context::Logs, Action::SelectNext, &["j", "↓"]),
        (Context::Logs, Action::TogglePause, &["Space"]),
        (Context::Logs, Action::PageDown, &["PgDn", "Ctrl-F"]),
        (Context::Logs, Action::PreviousPane, &["Shift-Tab"]),
        (Context::Waterfall, Action::Expand, &["→", "+", "="]),
        (Context::Help, Action::Back, &["q", "?", "F1", "Esc"]),
        (Context::Prompt, Action::PromptSwitch, &["Ctrl-T"]),
        (Context::Palette, Action::PromptSwitch, &["Ctrl-T"]),
    ] {
        assert_eq!(keymap.keys_for(context, action), keys, "{action:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_rest_is_kept() {
    for (line, expected) in [
        ("[lgos]", "2:2: unknown context `lgos`; did you mean `logs`?"),
        ("logs = 3", "2:8: a table of keys and actions is expected here, not integer"),
        ("[logs]\nx = \"qiut\"", "3:5: unknown action `qiut`; did you mean `quit`?"),
        ("[logs]\nx = 3", "3:5: the name of an action is expected here, or a list of names"),
        ("[logs]\nx = []", "3:5: the name of an action is expected here, or a list of names"),
        ("[logs]\nx = [\"quit\", \"hepl\"]", "3:14: unknown action `hepl`; did you mean `help`?"),
        ("[logs]\ngg = \"quit\"", "3:1: `gg` is no key; a sequence is written with blanks: `g g`"),
        (
            "[logs]\n\"Hyper-X\" = \"quit\"",
            "3:1: unknown key `Hyper-X`; keys are written like `q`, `Ctrl-L`, `Alt-Enter`, `F1`, `PgDn`",
        ),
        ("[logs]\n\" \" = \"quit\"", "3:1: a key is expected here; the space bar is `Space`"),
        ("[logs]\n\"a b c d e f g h i\" = \"quit\"", "3:1: a sequence has at most 8 keys"),
        ("[logs]\n\"g g\" = \"quit\"\ng = \"help\"", "4:1: `g` can not be both a binding and the beginning of another"),
        (
            "[logs]\ng = \"help\"\n\"g g\" = \"quit\"",
            "4:1: `g g` can not be both a binding and the beginning of another",
        ),
        ("[logs]\n\"C-l\" = \"help\"\n\"Ctrl-L\" = \"quit\"", "4:1: `Ctrl-L` is bound twice in this context"),
        ("[prompt]\nq = \"quit\"", "3:1: `q` is typed in a prompt and can not be bound there"),
    ] {
        let text = format!("global.h = \"help\"\n{line}\n");
        let (keymap, diagnostics) = load(&[&text]);
        assert_eq!(diagnostics, [format!("x.toml:{expected}")], "{text}");
        assert_eq!(resolve(&keymap, Context::Global, "h"), matched(&[Action::Help]));
    }
    let (keymap, diagnostics) = load(&["[global]\nh = \"help\"\nx = = 1\n"]);
    assert!(diagnostics[0].starts_with("x.toml:3:"), "{diagnostics:?}");
    assert_eq!(resolve(&keymap, Context::Global, "h"), matched(&[Action::Help]));
}

#[test]
fn a_text_names_the_key_that_works_where_it_stands() {
    let (keymap, _) =
        load(&["[global]\nc = \"back\"\nx = \"filter\"\n[logs]\nx = \"copy\"\nf = \"filter\"\n\"d d\" = \"mark\"\n"]);
    let names = KeyNames::of(&keymap);
    for (context, action, expected) in [
        (Context::Logs, Action::Filter, "f"),
        (Context::Traces, Action::Filter, "x"),
        (Context::Logs, Action::Back, "c"),
        (Context::Logs, Action::Mark, "d d"),
        (Context::Histogram, Action::Copy, "x"),
        (Context::Traces, Action::Copy, "copy"),
    ] {
        assert_eq!(names.key(context, action), expected, "{context:?} {action:?}");
    }
    let keymap = Keymap::shipped("vim").unwrap();
    let names = KeyNames::of(&keymap);
    for (context, action) in Context::ALL.iter().flat_map(|context| Action::ALL.iter().map(move |it| (*context, *it))) {
        let keys = keymap.keys_for(context, action);
        assert_eq!(names.key(context, action), keys.first().map_or(action.name(), String::as_str));
    }
}

#[test]
fn a_key_that_is_let_go_means_nothing() {
    let keymap = Keymap::shipped("default").unwrap();
    let press = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    let release = KeyEvent::new_with_kind(press.code, press.modifiers, crossterm::event::KeyEventKind::Release);
    assert_eq!(keymap.resolve(Context::Logs, &[release]), Resolution::None);
    assert_eq!(keymap.resolve(Context::Logs, &[release, press]), matched(&[Action::Quit]));
}

proptest! {
    #[test]
    fn no_file_breaks_the_reader(lines in prop::collection::vec(
        prop_oneof!["\\PC{0,20}", "(\\[logs\\]|\\[global\\]|\"[a-cé -]{0,6}\") ?=? ?[\"'\\[]?(quit|none|help)?[\"'\\]]?"],
        0..8,
    )) {
        let (keymap, _) = Keymap::load(&[("x", &lines.join("\n"))]);
        for context in Context::ALL {
            for binding in keymap.bindings(context) {
                prop_assert_eq!(resolve(&keymap, context, &binding.keys), matched(&binding.actions));
            }
        }
    }
}
