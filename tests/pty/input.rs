//! What is piped in is read as data, while the keys come from the terminal.

use crate::home::{Home, PROGRAM};
use crate::screen::Screen;

#[test]
fn a_pipe_keeps_the_keyboard() {
    let home = Home::new();
    // The producer goes on after its lines, as a followed log does.
    let script = format!("(printf 'level=info msg=apple\\nlevel=error msg=pear\\n'; exec cat fifo) | {PROGRAM}");
    let fifo = home.path("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let mut screen = Screen::run((80, 24), &home, "sh", &["-c", &script]);
    screen.wait_for("both lines", |picture| picture.has("apple") && picture.has("pear"));
    screen.type_keys("&pear<enter>");
    screen.wait_for("one line", |picture| picture.has("1 of 2") && !picture.has("apple"));
    std::fs::write(&fifo, "level=warn msg=pear-two\n").unwrap();
    screen.wait_for("the filter on what comes later", |picture| picture.has("2 of 3") && picture.has("pear-two"));
    screen.type_keys("q");
    assert!(screen.wait_for_end().success());
    assert_eq!(screen.given_back(), Ok(()));
}

#[test]
fn what_is_hostile_in_a_line_never_reaches_the_terminal() {
    let home = Home::new();
    let script = format!(
        "printf 'begin \\033]0;owned\\007\\033[2J\\033[31m \\302\\233 \\342\\200\\256 \\377 end\\n' | {PROGRAM}"
    );
    let mut screen = Screen::run((80, 24), &home, "sh", &["-c", &script]);
    let picture = screen.wait_for("the line", |picture| picture.has("begin") && picture.has("end"));
    assert!(!picture.has("owned") && !picture.has("[31m"), "sequences are no text:\n{picture}");
    screen.type_keys("q");
    assert!(screen.wait_for_end().success());
    let written = screen.written();
    for bad in [&b"\x1b]"[..], b"\x1b[31m \xc2", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xff"] {
        assert!(memchr::memmem::find(written, bad).is_none(), "{bad:?} was written");
    }
}
