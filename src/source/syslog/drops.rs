//! What the system threw away because a UDP socket's buffer was full: it says so per socket in `/proc/net/udp`.

/// Where Linux lists its UDP sockets, for IPv4 and IPv6.
const TABLES: [&str; 2] = ["/proc/net/udp", "/proc/net/udp6"];

/// The datagrams that one socket lost so far.
pub(super) struct Drops {
    /// The socket as the table names it.
    inode: u64,
    known: u64,
}

impl Drops {
    /// For a socket that was just bound. `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    pub(super) fn of(socket: &tokio::net::UdpSocket) -> Option<Self> {
        let inode = rustix::fs::fstat(socket).ok()?.st_ino;
        let drops = Self { inode, known: 0 };
        drops.count()?;
        Some(drops)
    }

    /// Only Linux tells.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_: &tokio::net::UdpSocket) -> Option<Self> {
        None
    }

    /// How many datagrams were lost since the last time it was asked. Reads a small file of the kernel's.
    pub(super) fn since_last(&mut self) -> u64 {
        let Some(count) = self.count() else { return 0 };
        let more = count.saturating_sub(self.known);
        self.known = count;
        more
    }

    fn count(&self) -> Option<u64> {
        TABLES.iter().find_map(|table| in_table(&std::fs::read_to_string(table).ok()?, self.inode))
    }
}

/// The last column of the row of `inode`, which is the tenth: proc(5), and `udp4_format_sock` in the kernel.
fn in_table(table: &str, inode: u64) -> Option<u64> {
    let inode = inode.to_string();
    let mut rows = table.lines().skip(1).map(|row| row.split_ascii_whitespace());
    rows.find_map(|mut row| (row.nth(9)? == inode).then(|| row.next_back()?.parse().ok())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  478: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12345 2 0000000000000000 17
  479: 0100007F:158B 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 123 2 0000000000000000 0
";

    #[test]
    fn a_socket_finds_its_own_losses() {
        for (inode, drops) in [(12345, Some(17)), (123, Some(0)), (1, None)] {
            assert_eq!(in_table(TABLE, inode), drops, "{inode}");
        }
        assert_eq!(in_table("", 1), None);
        assert_eq!(in_table("head\n short row", 1), None);
    }
}
