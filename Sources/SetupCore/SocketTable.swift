/// The tables of sockets that Linux has in /proc/net.
package enum SocketTable {
    /// The inodes of the sockets that listen at a port, or, of UDP, have it.
    ///
    /// - Parameter text: Of `/proc/net/tcp`, `tcp6`, `udp` or `udp6`.
    package static func inodes(ofPort port: Int, in text: String, isTCP: Bool = true) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            // sl, local address, remote address, state, queues, timer, retransmissions, user, timeout, inode
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9, !isTCP || fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return String(fields[9])
        }
    }
}
