//! What the source says of its containers while it is connected.

use super::fleet::MAX_FOLLOWED;

/// Names that are told at most, of each kind.
const NAMES: usize = 5;

/// How a container is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Noted {
    /// Its log is read.
    Followed,
    /// It has stopped, and all of its log was read.
    Stopped,
    /// It is being removed; its log is read to the end.
    Leaving,
    /// Its log can not be read; says why.
    Unreadable(String),
    /// Its log broke off and is asked for again; says why. Empty where it is only about to be asked for.
    Broken(String),
}

/// The text of the state: how many are followed where, and what is not as it should be.
pub(super) fn told<'a>(
    host: &str,
    selection: &str,
    members: impl Iterator<Item = (&'a str, &'a Noted)>,
    left_out: usize,
    others: &[String],
) -> String {
    let mut members: Vec<_> = members.collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    let count = |wanted: fn(&Noted) -> bool| members.iter().filter(|(_, noted)| wanted(noted)).count();
    let followed = count(|noted| matches!(noted, Noted::Followed | Noted::Leaving | Noted::Broken(_)));
    let mut parts = vec![match followed {
        1 => format!("{host}, 1 container"),
        _ => format!("{host}, {followed} containers"),
    }];
    let stopped = count(|noted| matches!(noted, Noted::Stopped));
    if stopped > 0 {
        parts.push(format!("{stopped} stopped"));
    }
    if members.is_empty() {
        parts.push(waiting_for(selection, others));
    }
    if left_out > 0 {
        parts.push(format!("{left_out} more are left out: at most {MAX_FOLLOWED} are followed at once"));
    }
    let problems = members.iter().filter_map(|(name, noted)| match noted {
        Noted::Unreadable(why) | Noted::Broken(why) if !why.is_empty() => Some(format!("{name}: {why}")),
        _ => None,
    });
    parts.extend(problems.take(NAMES));
    parts.join(" · ")
}

fn waiting_for(selection: &str, others: &[String]) -> String {
    if selection.is_empty() {
        return "none is running; one that is started is followed".to_owned();
    }
    let mut names: Vec<&str> = others.iter().map(String::as_str).collect();
    names.sort_unstable();
    let more = if names.len() > NAMES { ", …" } else { "" };
    names.truncate(NAMES);
    let running = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("none is `{selection}` so far; running: {running}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_what_is_followed_and_what_is_wrong() {
        let broken = Noted::Broken("its log broke off".to_owned());
        let members = [("web", Noted::Followed), ("db", Noted::Stopped), ("a", broken)];
        let members = members.iter().map(|(name, noted)| (*name, noted));
        assert_eq!(
            told("unix:///s", "", members, 7, &[]),
            "unix:///s, 2 containers · 1 stopped · 7 more are left out: at most 500 are followed at once · a: its log \
             broke off"
        );
        let none = || std::iter::empty();
        assert_eq!(
            told("h", "web*", none(), 0, &["b".to_owned(), "a".to_owned()]),
            "h, 0 containers · none is `web*` so far; running: a, b"
        );
        assert!(told("h", "", none(), 0, &[]).contains("one that is started is followed"));
    }
}
