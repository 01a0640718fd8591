//! The terminal is given back on every way out.

use rustix::process::Signal;
use spantail::tui::runtime::TerminalGuard;

use crate::home::Home;
use crate::screen::Screen;

fn running(home: &Home) -> Screen {
    let mut screen = Screen::start((80, 24), home, &["demo"]);
    screen.wait_for("lines", |picture| picture.body().len() > 5);
    assert!(screen.is_taken(), "the screen takes the terminal");
    screen
}

#[test]
fn after_quitting() {
    for key in ["q", "<c-c>"] {
        let home = Home::new();
        let mut screen = running(&home);
        screen.type_keys(key);
        assert!(screen.wait_for_end().success());
        assert_eq!(screen.given_back(), Ok(()));
    }
}

#[test]
fn after_a_signal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = Home::new();
        let mut screen = running(&home);
        screen.signal(signal);
        let status = screen.wait_for_end();
        assert_eq!(status.exit_code(), u32::try_from(128 + signal.as_raw()).unwrap());
        assert_eq!(screen.given_back(), Ok(()));
    }
}

#[test]
fn while_it_is_suspended_and_taken_again_afterwards() {
    let home = Home::new();
    let mut screen = running(&home);
    screen.type_keys("<c-z>");
    screen.wait_until("the terminal given back", |screen| screen.given_back().is_ok());
    screen.signal(Signal::CONT);
    screen.wait_until("the terminal taken again", Screen::is_taken);
    screen.wait_for("the whole screen again", |picture| picture.body().len() == 19 && picture.focus() == "Logs");
    screen.type_keys("q");
    assert!(screen.wait_for_end().success());
    assert_eq!(screen.given_back(), Ok(()));
}

#[test]
fn after_a_panic_whose_message_can_be_read() {
    /// Tells this test that it runs in a terminal of its own, to panic there.
    const IS_CHILD: &str = "SPANTAIL_TEST_PANICS";
    if std::env::var_os(IS_CHILD).is_some() {
        let _guard = TerminalGuard::take().unwrap();
        println!("on the alternate screen");
        panic!("the reason to be read");
    }
    let home = Home::new();
    let program = std::env::current_exe().unwrap();
    let name = "terminal::after_a_panic_whose_message_can_be_read";
    let (child, program) = (format!("{IS_CHILD}=1"), program.to_str().unwrap());
    let mut screen = Screen::run((80, 24), &home, "env", &[&child, program, "--exact", name, "--nocapture"]);
    assert!(!screen.wait_for_end().success());
    assert_eq!(screen.given_back(), Ok(()));
    let written = String::from_utf8_lossy(screen.written()).into_owned();
    let (before, after) = written.split_once("\x1b[?1049l").expect("the alternate screen is left");
    assert!(before.contains("\x1b[?1049h") && before.contains("on the alternate screen"), "{before:?}");
    assert!(after.contains("the reason to be read"), "{after:?}");
}
