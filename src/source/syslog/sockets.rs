//! The sockets that messages come through, of either family.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::SockRef;
use tokio::io::AsyncRead;
use tokio::net::{TcpListener, UdpSocket};
#[cfg(unix)]
use tokio::net::{UnixDatagram, UnixListener};

/// What a UDP socket's buffer is asked to hold, in bytes. The system grants what it allows (`net.core.rmem_max`).
const BUFFER_BYTES: usize = 32 << 20;

/// How often another port is tried where any will do and connections have one that datagrams have not.
const TRIES: usize = 16;

/// A socket of datagrams.
pub(super) enum Datagrams {
    Udp(UdpSocket),
    #[cfg(unix)]
    Unix(UnixDatagram),
}

/// A socket that takes connections.
pub(super) enum Streams {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// A connection.
pub(super) type Connection = Box<dyn AsyncRead + Send + Unpin>;

impl Datagrams {
    /// Waits for a datagram: its length, and who sent it.
    pub(super) async fn receive(&self, buf: &mut [u8]) -> io::Result<(usize, Option<IpAddr>)> {
        match self {
            Self::Udp(socket) => socket.recv_from(buf).await.map(|(length, peer)| (length, Some(peer.ip()))),
            #[cfg(unix)]
            Self::Unix(socket) => socket.recv_from(buf).await.map(|(length, _)| (length, None)),
        }
    }

    /// The next datagram, if one is there.
    pub(super) fn receive_now(&self, buf: &mut [u8]) -> io::Result<(usize, Option<IpAddr>)> {
        match self {
            Self::Udp(socket) => socket.try_recv_from(buf).map(|(length, peer)| (length, Some(peer.ip()))),
            #[cfg(unix)]
            Self::Unix(socket) => socket.try_recv_from(buf).map(|(length, _)| (length, None)),
        }
    }
}

impl Streams {
    /// Waits for a connection; says who made it.
    pub(super) async fn accept(&self) -> io::Result<(Connection, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // A sender that was switched off never says so. A system that can not ask lets it be.
                SockRef::from(&stream).set_keepalive(true).ok();
                Ok((Box::new(stream), Some(peer.ip())))
            }
            #[cfg(unix)]
            Self::Unix(listener) => Ok((Box::new(listener.accept().await?.0), None)),
        }
    }
}

/// What is bound to one port.
pub(super) struct Ports {
    pub(super) address: SocketAddr,
    pub(super) udp: Option<UdpSocket>,
    pub(super) tcp: Option<TcpListener>,
}

/// Binds the port for datagrams, for connections, or for both.
pub(super) async fn bind(host: &str, port: u16, (udp, tcp): (bool, bool)) -> io::Result<Ports> {
    let mut tries = if port == 0 && udp && tcp { TRIES } else { 1 };
    loop {
        tries -= 1;
        match bind_once(host, port, (udp, tcp)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            outcome => return outcome,
        }
    }
}

async fn bind_once(host: &str, port: u16, (udp, tcp): (bool, bool)) -> io::Result<Ports> {
    let tcp = if tcp { Some(TcpListener::bind((host, port)).await?) } else { None };
    let known = tcp.as_ref().map(TcpListener::local_addr).transpose()?;
    let udp = match (udp, known) {
        (true, Some(address)) => Some(UdpSocket::bind(address).await?),
        (true, None) => Some(UdpSocket::bind((host, port)).await?),
        (false, _) => None,
    };
    if let Some(socket) = &udp {
        // Less than was asked for is granted silently, and all that can be done.
        SockRef::from(socket).set_recv_buffer_size(BUFFER_BYTES).ok();
    }
    let address = match (known, &udp) {
        (Some(address), _) => address,
        (None, Some(socket)) => socket.local_addr()?,
        (None, None) => return Err(io::Error::other("nothing to listen to")),
    };
    Ok(Ports { address, udp, tcp })
}
