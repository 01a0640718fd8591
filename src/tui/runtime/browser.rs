//! The browser of the person in front of the screen, where there is one on this machine.

use std::ffi::OsString;
use std::process::{Command, Stdio};

/// Opens an address of http or https in the browser; answers whether one was started. Over SSH, and where there is no
/// desktop, none is: it would open where nobody sits.
pub(super) fn open(link: &str) -> bool {
    let is_link = ["http://", "https://"].iter().any(|scheme| link.starts_with(scheme));
    let Some(program) = program(&|name| std::env::var_os(name)).filter(|_| is_link) else { return false };
    let mut command = Command::new(program);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    // Whoever opens it ends at once, and is not to be left as a zombie.
    std::thread::spawn(move || child.wait());
    true
}

/// The program that opens addresses on this desktop; `None` where there is no desktop.
fn program(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<&'static str> {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    if ["SSH_CONNECTION", "SSH_TTY"].iter().any(&is_set) {
        return None;
    }
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set).then_some("xdg-open")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_only_where_somebody_sits() {
        let with = |set: &'static [&'static str]| program(&move |name| set.contains(&name).then(|| "x".into()));
        assert_eq!(with(&["SSH_CONNECTION", "DISPLAY"]), None);
        if !cfg!(target_os = "macos") {
            assert_eq!(with(&[]), None);
            assert_eq!(with(&["WAYLAND_DISPLAY"]), Some("xdg-open"));
        }
        assert!(!open("file:///etc/passwd") && !open("-x"));
    }
}
