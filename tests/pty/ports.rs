//! Receivers and their ports.

use std::net::TcpListener;

use crate::home::Home;
use crate::screen::Screen;

#[test]
fn a_taken_port_is_said_on_the_screen() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for scheme in ["otlp", "otlp+http"] {
        let mut screen = Screen::start((120, 40), &home, &[&format!("{scheme}://{address}")]);
        screen.wait_for("the reason", |picture| picture.has("in use") && picture.has(&address.to_string()));
        screen.type_keys("6");
        let sources = screen
            .wait_for("the source's state", |picture| picture.title().contains("Sources") && picture.has("in use"));
        assert!(sources.row("failed").is_some() || sources.row("retrying").is_some(), "{sources}");
        screen.type_keys("q");
        assert!(screen.wait_for_end().success());
    }
}
