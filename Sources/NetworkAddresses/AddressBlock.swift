/// A CIDR block: an address and how many of its first bits count. Bits beyond those are dropped (10.1.2.3/8 is 10.0.0.0/8).
package struct AddressBlock: Hashable, Sendable {
    package let network: ClientAddress
    package let prefixLength: Int

    /// Why a text is not a block.
    package enum Refusal: Error, Equatable {
        /// Not an address, or not a number after it.
        case malformed
        /// The number begins with a zero, like an octal one: another program might read another network.
        case zeroPadded(meant: AddressBlock)
        case tooLong(limit: Int)
        /// Fewer than 96 bits of an IPv4-mapped address, so that the block would contain both IPv4 and other addresses.
        case widerThanIPv4
    }

    /// Reads `address/length`, or one address alone. A block of IPv4-mapped addresses is the IPv4 block.
    package init(parsing text: some StringProtocol) throws(Refusal) {
        let text = Substring(text).utf8
        let slash = text.firstIndex(of: UInt8(ascii: "/"))
        guard let written = AddressParser.address(text[..<(slash ?? text.endIndex)]) else { throw .malformed }
        let address = written.unmapped
        var length = address.bitWidth
        var isPadded = false
        if let slash {
            let digits = text[text.index(after: slash)...]
            guard let stated = AddressParser.decimal(digits, maxDigits: 3, zeroPadded: true) else { throw .malformed }
            guard stated <= written.bitWidth else { throw .tooLong(limit: written.bitWidth) }
            length = stated - (written.bitWidth - address.bitWidth)
            guard length >= 0 else { throw .widerThanIPv4 }
            isPadded = digits.count > 1 && digits.first == UInt8(ascii: "0")
        }
        self.network = address.masked(to: length)
        self.prefixLength = length
        if isPadded { throw .zeroPadded(meant: self) }
    }

    package init?(_ text: some StringProtocol) {
        guard let block = try? Self(parsing: text) else { return nil }
        self = block
    }

    /// The canonical spelling, which `config` prints: always with the length.
    package var text: String { "\(self.network.text)/\(self.prefixLength)" }

    /// An IPv4 block contains no IPv6 address, and an IPv6 block no IPv4 address.
    package func contains(_ address: ClientAddress) -> Bool {
        address.bitWidth == self.network.bitWidth && address.masked(to: self.prefixLength) == self.network
    }
}

extension ClientAddress {
    fileprivate var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        // In no block: those are read from texts of addresses.
        case .subject: 0
        }
    }

    fileprivate func masked(to length: Int) -> ClientAddress {
        // The shift operators of fixed-width integers give 0 when all bits are shifted out.
        switch self {
        case .v4(let bits): .v4(bits & ~(UInt32.max >> length))
        case .v6(let high, let low): .v6(high: high & ~(UInt64.max >> length), low: low & ~(UInt64.max >> max(0, length - 64)))
        case .subject: self
        }
    }
}
