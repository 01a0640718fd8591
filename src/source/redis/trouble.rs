//! What the errors of Redis mean for whoever reads them: what is wrong, and what to do about it.

use redis::{ErrorKind, RedisError};

use super::options::Options;
use crate::source::retry::Trouble;

/// What a server's answer to `doing` ("reading the stream orders") comes to.
pub(super) fn told(options: &Options, doing: &str, error: &RedisError) -> Trouble {
    let place = &options.authority;
    let text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    let says = |word: &str| text.contains(word);
    let lasting = |hint: &str| Trouble::lasting(format!("{doing} at {place}: {text}; {hint}"));
    let user = options.user.as_deref().unwrap_or("default");
    if error.kind() == ErrorKind::AuthenticationFailed || says("WRONGPASS") {
        let from = options.password.as_ref().map(|keeper| format!(" from {keeper}")).unwrap_or_default();
        return Trouble::lasting(format!(
            "{place} does not take the password{from} of user {user}: it is another, or none is set there"
        ));
    }
    if says("NOAUTH") {
        return Trouble::lasting(format!(
            "{place} wants a password; set REDISCLI_AUTH, or password_env, password_file or password_command"
        ));
    }
    if says("NOPERM") {
        return lasting("an administrator can allow it: ACL SETUSER … +@read +subscribe +psubscribe ~KEY &CHANNEL");
    }
    if says("WRONGTYPE") {
        return lasting("TYPE tells what it is; stream= is for streams, list= for lists");
    }
    if says("MOVED") || says("ASK") || says("CROSSSLOT") {
        return lasting("this is a node of a cluster; name the node that holds the key, one source for each key");
    }
    if says("DB index") || says("DENIED") || says("unknown command") {
        return lasting("the server does not allow that");
    }
    if says("LOADING") {
        return Trouble::passing(format!("{place} has just started and still loads its data"));
    }
    Trouble::passing(format!("{doing} at {place}: {text}"))
}
