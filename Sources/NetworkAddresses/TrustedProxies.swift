/// The proxies that are believed about a client's address.
package struct TrustedProxies: Sendable {
    /// How many X-Forwarded-For entries are looked at: more proxies than anyone has in a row, and a bound on the cost of a long header.
    package static let maxEntries = 32

    package let blocks: [AddressBlock]

    package init(blocks: [AddressBlock]) { self.blocks = blocks }

    package func contains(_ address: ClientAddress) -> Bool {
        self.blocks.contains { $0.contains(address) }
    }

    /// The address that limits and logs use: the socket's peer or, if that is a trusted proxy, the right-most X-Forwarded-For entry that is
    /// not one. `forwardedFor` are the header's lines in their order.
    ///
    /// Each entry was written by the proxy to its right, so reading goes on only while that proxy is trusted. An entry that is not an
    /// address ends the search, and the last valid address is the result; so does the beginning of the list.
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
                // Empty list elements are ignored (RFC 9110, 5.6.1).
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
