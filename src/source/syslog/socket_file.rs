//! A Unix socket's file: made, opened to those who may write to it, and taken away again.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};

use tokio::net;

use super::options::Exchange;
use super::sockets::{Datagrams, Streams};

/// A socket's file, which goes when this does, if it is still the one that was made.
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

/// Binds a socket to `path`. A file of a socket to which nobody listens any more is taken away before; every other stays.
pub(super) fn bind(path: &Path, exchange: Exchange, mode: Option<u32>) -> io::Result<(SocketFile, Bound)> {
    remove_stale(path)?;
    let bound = match exchange {
        Exchange::Datagrams => Bound::Datagrams(Datagrams::Unix(net::UnixDatagram::bind(path)?)),
        Exchange::Streams => Bound::Streams(Streams::Unix(net::UnixListener::bind(path)?)),
    };
    let file = SocketFile { path: path.to_owned(), inode: fs::symlink_metadata(path)?.ino() };
    if let Some(mode) = mode {
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    Ok((file, bound))
}

/// What is bound.
pub(super) enum Bound {
    Datagrams(Datagrams),
    Streams(Streams),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            // Somebody else may have been quicker; then there is nothing to do.
            fs::remove_file(&self.path).ok();
        }
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        let why = "there is a file of that name that is no socket; remove it or choose another name";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    if is_served(path) {
        let why = "another program listens there (a syslog daemon, another spantail?); stop it or choose another name";
        return Err(io::Error::new(io::ErrorKind::AddrInUse, why));
    }
    fs::remove_file(path)
}

/// Whether somebody takes what is sent to the socket, of either kind. Nothing is sent.
fn is_served(path: &Path) -> bool {
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    let datagrams = UnixDatagram::unbound().and_then(|socket| socket.connect(path));
    let streams = UnixStream::connect(path);
    !(datagrams.is_err_and(|error| is_refused(&error)) || streams.is_err_and(|error| is_refused(&error)))
}
