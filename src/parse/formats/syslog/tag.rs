//! The tag that names the program before a syslog message: `sshd[634]:`, `su(pam_unix)[12]:`, `kernel:`, and the less
//! regular ones that are met.

use memchr::memmem;

use crate::parse::formats::given::is_digits;

/// A tag taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Tag<'a> {
    /// The program, without module and process.
    pub(super) program: &'a [u8],
    /// What stands in parentheses behind the program: the module of PAM, the unit of launchd.
    pub(super) module: &'a [u8],
    /// The process, all digits, or empty.
    pub(super) pid: &'a [u8],
}

/// A tag further from its colon is part of a message.
const MAX_TAG: usize = 160;

impl<'a> Tag<'a> {
    /// The tag that `text` begins with, and the message behind its colon and one blank.
    #[inline]
    pub(super) fn split(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let head = text.get(..MAX_TAG).unwrap_or(text);
        let end = colon(head)?;
        let tag = Self::of(text.get(..end)?)?;
        let message = text.get(end + 1..)?;
        Some((tag, message.strip_prefix(b" ").unwrap_or(message)))
    }

    fn of(tag: &'a [u8]) -> Option<Self> {
        if let Some(found) = Self::usual(tag) {
            return Some(found);
        }
        // launchd's `com.apple.xpc.launchd[1] (com.apple.x[50]):`, and names of two words: `Setup Assistant[1173]:`.
        if let Some((first, module)) = memmem::find(tag, b"] (").and_then(|at| tag.split_at_checked(at + 1)) {
            let module = module.strip_prefix(b" (")?.strip_suffix(b")")?;
            return Some(Self { module, ..Self::usual(first)? });
        }
        let blank = tag.iter().position(|byte| *byte == b' ')?;
        let (first, second) = (tag.get(..blank)?, tag.get(blank + 1..)?);
        if second.first().is_some_and(u8::is_ascii_digit) && is_program(first) {
            // `syslogd 1.4.1:`
            return Some(Self { program: first, ..Self::default() });
        }
        let last = Self::usual(second)?;
        let program = tag.get(..blank + 1 + last.program.len())?;
        (is_program(first) && !last.pid.is_empty()).then_some(Self { program, ..last })
    }

    /// `program`, `program[pid]`, `program(module)[pid]`.
    fn usual(tag: &'a [u8]) -> Option<Self> {
        let (rest, pid) = match tag.strip_suffix(b"]").and_then(|tag| tag.split_at_checked(last(tag, b'[')?)) {
            Some((rest, [_, pid @ ..])) if is_digits(pid) => (rest, pid),
            _ => (tag, &b""[..]),
        };
        let (program, module) = match rest.strip_suffix(b")").and_then(|rest| rest.split_at_checked(last(rest, b'(')?))
        {
            Some((program, [_, module @ ..])) if !program.is_empty() => (program, module),
            _ => (rest, &b""[..]),
        };
        is_program(program).then_some(Self { program, module, pid })
    }
}

fn last(text: &[u8], byte: u8) -> Option<usize> {
    memchr::memrchr(byte, text)
}

/// Where the colon stands that ends the tag: the first before a blank or at the end of the line.
fn colon(head: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b':', head).find(|at| matches!(head.get(at + 1), None | Some(b' ' | b'\n')))
}

/// Whether `name` may be a program: one word without the marks of a message.
fn is_program(name: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_graphic() && !b"\"'=<>{}|,;`".contains(byte) || !byte.is_ascii();
    !name.is_empty() && name.iter().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_apart() {
        let cases = [
            ("sshd[634]: Accepted x: y", ("sshd", "", "634", "Accepted x: y")),
            ("su(pam_unix)[12]: session opened", ("su", "pam_unix", "12", "session opened")),
            ("kernel: [12.5] usb", ("kernel", "", "", "[12.5] usb")),
            ("logrotate: ALERT", ("logrotate", "", "", "ALERT")),
            ("CRON[1]:", ("CRON", "", "1", "")),
            ("postfix/smtpd[9]:  two", ("postfix/smtpd", "", "9", " two")),
            ("%ASA-6-302013: Built", ("%ASA-6-302013", "", "", "Built")),
            ("syslogd 1.4.1: restart.", ("syslogd", "", "", "restart.")),
            ("Setup Assistant[1173]: Creating", ("Setup Assistant", "", "1173", "Creating")),
            (
                "com.apple.xpc.launchd[1] (com.apple.x[50989]): Service exited",
                ("com.apple.xpc.launchd", "com.apple.x[50989]", "1", "Service exited"),
            ),
            ("util.py[DEBUG]: Restoring", ("util.py[DEBUG]", "", "", "Restoring")),
            ("тест[1]: x", ("тест", "", "1", "x")),
        ];
        for (text, (program, module, pid, message)) in cases {
            let (tag, rest) = Tag::split(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let found = [tag.program, tag.module, tag.pid, rest].map(|part| std::str::from_utf8(part).unwrap());
            assert_eq!(found, [program, module, pid, message], "{text}");
        }
    }

    #[test]
    fn messages_without_a_tag_have_none() {
        for text in ["lookup for opt failed", "two words: x", "msg=\"a: b\"", "", ":", ": x", "12:30", "{\"a\": 1}"] {
            assert_eq!(Tag::split(text.as_bytes()), None, "{text}");
        }
    }
}
