import Foundation
import NetworkAddresses
import SignalingCore

/// Addresses as the C library reads them, and whose word on them counts.
enum AddressCheck {
    static func address(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let ours = ClientAddress(text)
        let theirs = self.byLibrary(text)
        try expect(ours == theirs, "\(shown(bytes)) is \(ours?.text ?? "no address"), to the C library \(theirs?.text ?? "none")")
        if let ours {
            try expect(ClientAddress(ours.text) == ours, "\(ours.text) is not read back")
            try expect(ClientAddress(forwardedEntry: text) == ours, "\(ours.text) is another in X-Forwarded-For")
        }
        if let forwarded = ClientAddress(forwardedEntry: text) {
            try expect(ClientAddress(forwarded.text) == forwarded, "\(forwarded.text) is not read back")
        }
        try self.block(text)
    }

    private static func byLibrary(_ text: String) -> ClientAddress? {
        // C would stop at a NUL.
        guard !text.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return .v4(UInt32(bigEndian: v4.s_addr)) }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let octets = withUnsafeBytes(of: v6) { Array($0) }
        let (high, low) = (octets.prefix(8), octets.suffix(8))
        func word(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }
        return ClientAddress.v6(high: word(high), low: word(low)).unmapped
    }

    /// A block contains its own network, and an address only where it agrees with it.
    private static func block(_ text: String) throws {
        guard let block = AddressBlock(text) else { return }
        try expect(block.contains(block.network), "\(text) does not contain its own network")
        let again = AddressBlock("\(block.network.text)/\(block.prefixLength)")
        try expect(again == block, "\(text) is \(block), read back \(String(describing: again))")
    }

    /// Peer and header lines, the lines separated by line feeds.
    static func forwarded(_ input: inout InputCursor) throws {
        let peer = ClientAddress(input.pick(["127.0.0.1", "::1", "192.0.2.7", "10.1.2.3"])) ?? .v4(0)
        let blocks = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "2001:db8::/32"].compactMap { AddressBlock($0) }
        let lines = input.all().split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        let client = TrustedProxies(blocks: blocks).clientAddress(peer: peer, forwardedFor: lines)
        let expected = self.client(peer: peer, lines: lines, blocks: blocks)
        try expect(client == expected, "\(lines) by \(peer.text) is \(client.text), by the contract \(expected.text)")
    }

    /// The contract's rule, as it is written: entries from the right, as long as the last one is trusted.
    private static func client(peer: ClientAddress, lines: [String], blocks: [AddressBlock]) -> ClientAddress {
        let entries = lines.flatMap { $0.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) }
        var client = peer
        for entry in entries.reversed().prefix(TrustedProxies.maxEntries) {
            guard blocks.contains(where: { $0.contains(client) }) else { return client }
            let text = String(decoding: entry, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
            if text.isEmpty { continue }
            guard let address = ClientAddress(forwardedEntry: text) else { return client }
            client = address
        }
        return client
    }
}
