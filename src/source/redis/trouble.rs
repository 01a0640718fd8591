//! What the errors of Redis mean for whoever reads them: what is wrong, and what to do about it.

use redis::{ErrorKind, RedisError};

use super::options::Options;
use crate::source::retry::Trouble;

/// What is wrong with one part of a source, or with all of them.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The server refuses a channel or a key; the others can be read over the same connection.
    Part(String),
    /// The connection, the server, or the user.
    All(Trouble),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Self {
        Self::All(trouble)
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Part(why) => Self::lasting(why),
            Wrong::All(trouble) => trouble,
        }
    }
}

/// What a server's answer to `doing` ("reading the stream orders") comes to.
pub(super) fn told(options: &Options, doing: &str, error: &RedisError) -> Wrong {
    let place = &options.authority;
    let text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    let says = |word: &str| text.contains(word);
    let is = |code: &str| error.code() == Some(code);
    let refused = |hint: &str| Wrong::Part(format!("{doing} at {place}: {text}; {hint}"));
    let user = options.user.as_deref().unwrap_or("default");
    if error.kind() == ErrorKind::AuthenticationFailed || says("WRONGPASS") {
        let from = options.password.as_ref().map(|keeper| format!(" from {keeper}")).unwrap_or_default();
        return Wrong::All(Trouble::lasting(format!(
            "{place} does not take the password{from} of user {user}: it is another, or none is set there"
        )));
    }
    if says("NOAUTH") {
        return Wrong::All(Trouble::lasting(format!(
            "{place} wants a password; set REDISCLI_AUTH, or password_env, password_file or password_command"
        )));
    }
    if says("NOPERM") {
        return refused("an administrator can allow it: ACL SETUSER … +@read +subscribe +psubscribe ~KEY &CHANNEL");
    }
    if says("WRONGTYPE") {
        return refused("TYPE tells what it is; stream= is for streams, list= for lists");
    }
    if is("MOVED") || is("ASK") || is("CROSSSLOT") {
        return refused("this is a node of a cluster; name the node that holds the key, one source for each key");
    }
    if says("DB index") || says("DENIED") || says("unknown command") {
        return refused("the server does not allow that");
    }
    if says("LOADING") {
        return Wrong::All(Trouble::passing(format!("{place} has just started and still loads its data")));
    }
    Wrong::All(Trouble::passing(format!("{doing} at {place}: {text}")))
}
