/// The first bits of a client's address: the address itself, or a network around it, as whose part it counts. A subject is part of nothing.
package struct ClientPrefix: Hashable, Sendable {
    private enum Kind: UInt8, Sendable { case v4, v6, subject }

    /// Of IPv6 the first half of the address: its second half is the host's to choose.
    private let bits: UInt64
    /// How many of the bits count; of IPv6 64 at most, of a subject all 64.
    private let length: UInt8
    private let kind: Kind

    /// A longer prefix than there is becomes the longest: 32 bits of IPv4, 64 of IPv6.
    package init(_ address: ClientAddress, length: Int) {
        // The shift operators of fixed-width integers give 0 when all bits are shifted out.
        switch address {
        case .v4(let bits):
            self.length = UInt8(min(max(length, 0), 32))
            self.bits = UInt64(bits & ~(UInt32.max >> UInt32(self.length)))
            self.kind = .v4
        case .v6(let high, _):
            self.length = UInt8(min(max(length, 0), 64))
            self.bits = high & ~(UInt64.max >> UInt64(self.length))
            self.kind = .v6
        case .subject(let hash):
            self.length = 64
            self.bits = hash
            self.kind = .subject
        }
    }

    /// Networks of one beginning that differ in nothing but their width are few, so that the beginning is enough. The standard library's
    /// hash is seeded for each process: clients choose their addresses, and must not be able to predict it.
    package func hash(into hasher: inout Hasher) { hasher.combine(self.bits) }

    package func contains(_ address: ClientAddress) -> Bool { ClientPrefix(address, length: Int(self.length)) == self }

    /// Whether it is one of the widest networks that clients are told apart by: an IPv4 address, an IPv6 /48, or a subject.
    package var isWidest: Bool {
        switch self.kind {
        case .v4: self.length == 32
        case .v6: self.length == 48
        case .subject: true
        }
    }

    /// The network's first address, and how many of its bits count; or the subject.
    package var text: String {
        switch self.kind {
        case .v4: "\(ClientAddress.v4(UInt32(truncatingIfNeeded: self.bits)).text)/\(self.length)"
        case .v6: "\(ClientAddress.v6(high: self.bits, low: 0).text)/\(self.length)"
        case .subject: ClientAddress.subject(self.bits).text
        }
    }
}
