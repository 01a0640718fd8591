//! `~/.pgpass`: the passwords that PostgreSQL's own tools remember ("The Password File" in its documentation).

use std::path::PathBuf;

use super::options::Options;
use crate::source::secret::Secret;

/// A file of passwords is not longer.
const MAX_BYTES: u64 = 1 << 20;

/// The password for the server of `options`, if the file has one and nobody else may read it: the tools do not use one
/// that others can read either.
pub(super) async fn password(options: &Options) -> Option<Secret> {
    let file = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let file = file.or_else(|| Some(directories::BaseDirs::new()?.home_dir().join(".pgpass")))?;
    let metadata = tokio::fs::metadata(&file).await.ok()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES || is_open_to_others(&metadata) {
        return None;
    }
    let text = tokio::fs::read_to_string(&file).await.ok()?;
    // A socket is written as localhost there.
    let host = if options.host.starts_with('/') { "localhost" } else { &options.host };
    let port = options.port.to_string();
    find(&text, &[host, &port, &options.database, &options.user]).map(Secret::from)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

/// The password of the first line `host:port:database:user:password` whose first four match, `*` anything.
pub(super) fn find(text: &str, wanted: &[&str; 4]) -> Option<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(fields).find_map(|fields| {
        let (password, place) = fields.split_last()?;
        let matches = place.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        (place.len() == wanted.len() && matches).then(|| password.clone())
    })
}

/// The fields of a line: colons between, a backslash before a colon or a backslash that is meant.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ':' if fields.len() < 5 => fields.push(String::new()),
            letter => {
                let meant = if letter == '\\' { letters.next().unwrap_or('\\') } else { letter };
                if let Some(field) = fields.last_mut() {
                    field.push(meant);
                }
            }
        }
    }
    fields
}
