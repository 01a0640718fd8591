//! What the errors of PostgreSQL mean for whoever reads them. Codes are those of its documentation, "PostgreSQL Error Codes".

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::options::Options;
use crate::source::retry::Trouble;

/// What came back from `doing` ("asking for rows").
pub(super) fn told(options: &Options, doing: &str, error: &Error) -> Trouble {
    let (server, user, database) = (options.server(), &options.user, &options.database);
    let Some(refusal) = error.as_db_error() else { return broken(options, doing, error) };
    let said = refusal.message();
    match refusal.code() {
        &SqlState::INVALID_PASSWORD => {
            let from = options.password.as_ref().map(|keeper| format!(" from {keeper}")).unwrap_or_default();
            Trouble::lasting(format!("{server} does not take the password{from} of user {user}: {said}"))
        }
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Trouble::lasting(format!(
            "{server} does not let in user {user}: {said}; pg_hba.conf says who may connect how"
        )),
        &SqlState::INVALID_CATALOG_NAME => {
            Trouble::lasting(format!("{server}: {said}; the database stands behind the host: postgres://HOST/DATABASE"))
        }
        &SqlState::INSUFFICIENT_PRIVILEGE => Trouble::lasting(format!(
            "{server}: {said}; its owner can allow it: GRANT SELECT ON {} TO {user}",
            options.table.join(".")
        )),
        &SqlState::UNDEFINED_COLUMN | &SqlState::SYNTAX_ERROR | &SqlState::UNDEFINED_FUNCTION
            if options.condition.is_some() =>
        {
            Trouble::lasting(format!("{server}, {doing}: {said}; is the condition (where=…) right?"))
        }
        &SqlState::QUERY_CANCELED => Trouble::passing(format!(
            "{server}, {doing}: {said}; an index on the time and the key makes it fast: CREATE INDEX ON {} (…)",
            options.table.join(".")
        )),
        &SqlState::CANNOT_CONNECT_NOW => Trouble::passing(format!("{server} is starting or stopping: {said}")),
        &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN => {
            Trouble::passing(format!("{server} was stopped, or ended this connection: {said}"))
        }
        &SqlState::TOO_MANY_CONNECTIONS => {
            Trouble::passing(format!("{server} has no connection left for user {user}: {said}"))
        }
        code if code.code().starts_with("08") || code.code().starts_with("53") || code.code().starts_with("57") => {
            Trouble::passing(format!("{server}, {doing}: {said}"))
        }
        _ => Trouble::lasting(format!("{server}, {doing} in database {database}: {said} ({})", refusal.code().code())),
    }
}

fn broken(options: &Options, doing: &str, error: &Error) -> Trouble {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    let hint = if text.contains("refused") { "; is PostgreSQL running there?" } else { "" };
    let place = options.server();
    let why = format!("{doing} at {place}: {text}{hint}");
    if text.contains("password missing") {
        return Trouble::lasting(format!(
            "{place} wants a password for user {}; set PGPASSWORD, keep it in ~/.pgpass, or say password_env, \
             password_file or password_command",
            options.user
        ));
    }
    if text.contains("TLS") || text.contains("certificate") {
        return Trouble::lasting(format!("{why}; ca_file names a certificate to trust, sslmode=disable does without"));
    }
    Trouble::passing(why)
}
