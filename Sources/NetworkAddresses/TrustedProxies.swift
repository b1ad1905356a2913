/// Whose word on a client's address counts.
package struct TrustedProxies: Sendable {
    /// X-Forwarded-For entries looked at: more proxies than anyone has in a row, and a bound on what a long header costs.
    package static let maxEntries = 32

    package let blocks: [AddressBlock]

    package init(blocks: [AddressBlock]) { self.blocks = blocks }

    package func contains(_ address: ClientAddress) -> Bool {
        self.blocks.contains { $0.contains(address) }
    }

    /// The address that limits and logs go by: the socket's peer or, where that is a trusted proxy, the right-most X-Forwarded-For
    /// entry that is not one. `forwardedFor` are the header's lines in their order.
    ///
    /// Each entry was written by the proxy to its right, so reading goes on only while that one is trusted. An entry that is no
    /// address ends it with the last address that was one; so does the beginning of the list.
    package func clientAddress(peer: ClientAddress, forwardedFor lines: [String]) -> ClientAddress {
        var client = peer
        var left = Self.maxEntries
        for line in lines.reversed() {
            var rest = line.utf8[...]
            while true {
                guard left > 0, self.contains(client) else { return client }
                left -= 1
                let comma = rest.lastIndex(of: UInt8(ascii: ","))
                let entry = AddressParser.trimmed(rest[(comma.map { rest.index(after: $0) } ?? rest.startIndex)...])
                // Empty list elements mean nothing (RFC 9110, 5.6.1).
                if !entry.isEmpty {
                    guard let address = AddressParser.forwardedEntry(entry) else { return client }
                    client = address.unmapped
                }
                guard let comma else { break }
                rest = rest[..<comma]
            }
        }
        return client
    }
}
