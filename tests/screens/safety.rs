//! Nothing that comes from outside can act on the terminal: held over every cell of every screen.

use proptest::collection::vec;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use spantail::session::SessionState;
use spantail::store::Counts;
use spantail::theme::safe::is_safe;
use spantail::tui::event::Outcome;
use unicode_width::UnicodeWidthStr;

use super::harness::{Screen, Setup, Store};
use super::hostile;

/// Keys that bring everything that a sender can fill onto the screen.
const SCREENS: &[&str] = &[
    "",
    "w",
    "<Right> <Right>",
    "k <Enter>",
    "k k <Enter> G",
    "k k k <Enter> <PgDn>",
    "e t",
    "e t j <Enter>",
    "e t j <Enter> <PgDn>",
    "2 j",
    "2 <Enter> j F",
    "2 <Enter> j <Enter> G",
    "3 j j",
    "6",
    "6 j j",
    "k m k m k m '",
    "k m k m k m ' <Down>",
    "T T",
    "T T T",
    "z",
    "k <Enter> j j +",
    "k <Enter> x j x j x",
    "k k <Enter> G <Left> <Left> K",
    "c",
    "c G <Space> k <Space> <Esc>",
    "k <Enter> G k k c k c k c <Esc>",
    "3 j <Enter>",
    "e t l",
    "/ a <Enter>",
    "& level: <Tab>",
    "& service: <Tab>",
    "& source: <Tab>",
    ":",
    "?",
];

/// A text of any characters, with those that could do harm made frequent.
fn text() -> impl Strategy<Value = String> {
    let harmful = prop::sample::select(
        &[
            '\u{1b}', '\u{7}', '\u{9b}', '\u{9d}', '\u{0}', '\r', '\n', '\t', '\u{8}', '\u{202e}', '\u{2066}',
            '\u{200b}', '\u{200d}', '\u{feff}', '\u{301}', '\u{fe0f}', '漢', '👩', '[', ']', ';', '"', '\\', '=', ' ',
        ][..],
    );
    let any = prop_oneof![3 => harmful, 2 => any::<char>(), 1 => proptest::char::range('a', 'z')];
    let invented = vec(any, 0..40).prop_map(|chars| chars.into_iter().collect::<String>());
    let known = prop::sample::select(&hostile::TEXTS[..]).prop_map(str::to_owned);
    let long = known.clone().prop_map(|text| text.repeat(10_000 / text.len().max(1)));
    prop_oneof![6 => invented, 3 => known, 1 => long]
}

/// What is wrong with a frame: a symbol that must not reach a terminal, or one that is wider than its place.
fn fault(buf: &Buffer) -> Option<String> {
    for y in 0..buf.area.height {
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if let Some(c) = symbol.chars().find(|c| !is_safe(*c) || c.is_control()) {
                return Some(format!("{c:?} in the cell at {x}, {y}: {symbol:?}"));
            }
            let width = u16::try_from(symbol.width()).unwrap();
            if symbol.is_empty() || width == 0 || width > 2 {
                return Some(format!("the symbol {symbol:?} at {x}, {y} takes {width} cells"));
            }
            let is_covered = width == 2 && (x + 1 == buf.area.width || buf[(x + 1, y)].symbol() != " ");
            if is_covered {
                return Some(format!("the wide symbol {symbol:?} at {x}, {y} has no room"));
            }
        }
    }
    None
}

fn check(store: &mut dyn FnMut() -> Store, sizes: &[(u16, u16)]) -> Result<(), TestCaseError> {
    for keys in SCREENS {
        let mut screen = Screen::new(store(), 80, 24);
        screen.press(keys);
        for (width, height) in sizes {
            let frame = screen.resize(*width, *height).frame();
            let fault = fault(&frame);
            prop_assert!(fault.is_none(), "`{keys}`, {width}×{height}: {}", fault.unwrap_or_default());
        }
    }
    Ok(())
}

#[test]
fn known_attacks_are_harmless_on_every_screen() {
    check(&mut hostile::store, &[(40, 12), (80, 24), (120, 40), (121, 40), (200, 60)]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_senders_write_is_harmless_on_every_screen(texts in vec(text(), 1..4), width in 30u16..140) {
        check(&mut || hostile::filled(&texts), &[(width, 24)])?;
    }

    #[test]
    fn bytes_that_are_no_text_are_harmless(lines in vec(vec(any::<u8>(), 0..200), 1..20)) {
        for keys in ["", "w", "k <Enter>", "k m '"] {
            let mut store = Store::new();
            for line in &lines {
                store.line("bytes", 0, line);
            }
            let mut screen = Screen::new(store, 80, 24);
            screen.press(keys);
            let fault = fault(&screen.frame());
            prop_assert!(fault.is_none(), "`{keys}`: {}", fault.unwrap_or_default());
        }
    }

    #[test]
    fn what_is_typed_pasted_told_and_reopened_is_harmless(text in text(), other in text(), width in 10u16..140) {
        let counts = Counts::default();
        let figures = spantail::session::SourceFigures { label: other.clone(), logs: counts, spans: counts };
        let state = SessionState {
            filter: text.clone(), search: other.clone(), pane: other.clone(), title: text.clone(),
            accounting: vec![figures], marks: vec![0, u64::MAX], ..SessionState::default()
        };
        for keys in ["", "&", "/", "S", ":", "6", "k m '"] {
            let setup = Setup {
                size: (width, 24), title: text.clone(), restore: Some(state.clone()), ..Setup::default()
            };
            let mut screen = Screen::with(hostile::filled(std::slice::from_ref(&other)), setup);
            screen.press(keys).paste(&text);
            prop_assert_eq!(fault(&screen.frame()), None, "`{}` and a paste", keys);
            screen.press("<Left> <Left> <Backspace> <Tab>");
            prop_assert_eq!(fault(&screen.frame()), None, "`{}` and completion", keys);
            screen.press("<Esc> <Esc>").done(Outcome::Failed(text.clone()));
            prop_assert_eq!(fault(&screen.frame()), None, "told of a failure");
            screen.done(Outcome::Saved { path: other.clone(), lines: u64::MAX, spans: u64::MAX });
            prop_assert_eq!(fault(&screen.frame()), None, "told of success");
        }
    }
}
