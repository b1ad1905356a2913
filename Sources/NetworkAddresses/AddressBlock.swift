/// A CIDR block: an address and how many of its first bits count. Bits beyond those are dropped (10.1.2.3/8 is 10.0.0.0/8).
package struct AddressBlock: Hashable, Sendable {
    package let network: ClientAddress
    package let prefixLength: Int

    /// `address/length`, or an address alone for just that one. A block of IPv4-mapped addresses is the IPv4 block.
    package init?(_ text: some StringProtocol) {
        let text = Substring(text).utf8
        let slash = text.firstIndex(of: UInt8(ascii: "/"))
        guard let written = AddressParser.address(text[..<(slash ?? text.endIndex)]) else { return nil }
        var length = written.bitWidth
        if let slash {
            let suffix = text[text.index(after: slash)...]
            guard let stated = AddressParser.decimal(suffix, maxDigits: 3), stated <= length else { return nil }
            length = stated
        }
        let address = written.unmapped
        length -= written.bitWidth - address.bitWidth
        // A mapped address with fewer than 96 bits would take in IPv4 and other addresses alike.
        guard length >= 0 else { return nil }
        self.network = address.masked(to: length)
        self.prefixLength = length
    }

    /// An IPv4 block contains no IPv6 address, nor the other way round.
    package func contains(_ address: ClientAddress) -> Bool {
        address.bitWidth == self.network.bitWidth && address.masked(to: self.prefixLength) == self.network
    }
}

extension ClientAddress {
    fileprivate var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    fileprivate func masked(to length: Int) -> ClientAddress {
        // The shift operators of fixed-width integers give 0 when all bits are shifted out.
        switch self {
        case .v4(let bits): .v4(bits & ~(UInt32.max >> length))
        case .v6(let high, let low): .v6(high: high & ~(UInt64.max >> length), low: low & ~(UInt64.max >> max(0, length - 64)))
        }
    }
}
