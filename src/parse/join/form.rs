//! Lines that say by themselves that they go on with another: frames, causes, the ends of stack traces.

use super::shape::Shape;

/// What a line begins with that goes on with the one before it, unindented.
const GOING_ON: &[&[u8]] = &[
    // Java
    b"Caused by: ",
    b"Suppressed: ",
    b"Wrapped by: ",
    b"... ",
    // Python
    b"During handling of the above exception",
    b"The above exception was the direct cause",
    b"| ",
    b"+-",
    b"+ Exception Group Traceback",
    // Go
    b"goroutine ",
    b"created by ",
    b"exit status ",
    b"[signal ",
    // Rust, and its anyhow and eyre
    b"note: run with ",
    b"note: Some details are omitted",
    b"stack backtrace:",
    b"Stack backtrace:",
    b"thread caused non-unwinding panic",
    b"Caused by:",
    b"Location:",
    b"Backtrace omitted",
    // PHP
    b"Stack trace:",
    b"thrown in ",
    // .NET
    b"--- End of ",
    b"---> ",
    // Dart
    b"<asynchronous suspension>",
    // JavaScript
    b"Node.js v",
];

/// Whether an unindented line goes on with whatever is before it.
pub(super) fn goes_on(body: &[u8]) -> bool {
    GOING_ON.iter().any(|form| body.starts_with(form)) || is_numbered(body)
}

/// Whether a stack trace begins that its logger may have put below a message.
pub(super) fn is_traceback(body: &[u8]) -> bool {
    body.starts_with(b"Traceback (") && body.ends_with(b":")
}

/// PHP's and Dart's frames: `#0 …`.
fn is_numbered(body: &[u8]) -> bool {
    let Some(rest) = body.strip_prefix(b"#") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..4).contains(&digits) && rest.get(digits) == Some(&b' ')
}

/// Whether it is a frame of a stack trace, or what stands between frames.
pub(super) fn is_frame(shape: &Shape<'_>) -> bool {
    let body = shape.body;
    if !shape.is_indented {
        return is_numbered(body);
    }
    let behind = |lead: &[u8]| body.strip_prefix(lead);
    // Java, .NET and JavaScript name a place.
    let is_at = |place: &[u8]| place.iter().any(|byte| b"(/:.<".contains(byte)) || is_name(place);
    behind(b"at ").is_some_and(is_at)
        || behind(b"from ").is_some_and(|place| place.contains(&b':'))
        || behind(b"File \"").or(behind(b"eval at ")).is_some()
        || is_ordinal(body)
        || goes_on(body)
}

/// Rust's `0: name`.
fn is_ordinal(body: &[u8]) -> bool {
    let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && body.get(digits..).is_some_and(|rest| rest.starts_with(b": "))
}

fn is_name(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
}

/// Endings of the names that exceptions have.
const ENDINGS: [&[u8]; 6] = [b"Exception", b"Error", b"Throwable", b"Failure", b"Fault", b"Interrupt"];
/// What may stand before the name.
const LEADS: [&[u8]; 3] = [b"Exception in thread ", b"Uncaught ", b"Unhandled exception. "];

/// Whether a line begins with the name of an exception: `java.lang.IllegalStateException: message`, `TypeError: …`.
pub(super) fn is_exception(body: &[u8]) -> bool {
    if LEADS.iter().any(|lead| body.starts_with(lead)) {
        return true;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':');
    let name = body.get(..body.iter().position(|byte| !is_part(byte)).unwrap_or(body.len())).unwrap_or_default();
    let is_followed = matches!(body.get(name.len()), None | Some(b' ' | b'['));
    let name = name.strip_suffix(b":").unwrap_or(name);
    is_followed && name.len() < 256 && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a line only closes what was opened before: `}`, `]);`.
pub(super) fn is_closing(body: &[u8]) -> bool {
    body.len() <= 4 && body.first().is_some_and(|byte| b"}])".contains(byte))
}

/// .NET's console logger begins with `info: Category[0]` and indents the message.
pub(super) fn is_console_level(body: &[u8]) -> bool {
    const LEVELS: [&[u8]; 6] = [b"trce: ", b"dbug: ", b"info: ", b"warn: ", b"fail: ", b"crit: "];
    LEVELS.iter().any(|level| body.starts_with(level)) && body.ends_with(b"]")
}

/// Whether a line is the first of the two that java.util.logging writes: `Mar 01, 2026 10:00:00 AM class method`.
pub(super) fn is_first_of_two(body: &[u8]) -> bool {
    body.first().is_some_and(u8::is_ascii_uppercase)
        && body.windows(4).take(32).any(|word| word == b" AM " || word == b" PM ")
}

/// Whether a line is the second of the two: `SEVERE: message`.
pub(super) fn is_second_of_two(body: &[u8]) -> bool {
    const LEVELS: [&[u8]; 7] = [b"SEVERE: ", b"WARNING: ", b"INFO: ", b"CONFIG: ", b"FINE: ", b"FINER: ", b"FINEST: "];
    LEVELS.iter().any(|level| body.starts_with(level))
}
