package import NetworkAddresses
import TimeKeeping

/// What a limit counts as one client: an IPv4 address, the /64 network in which an IPv6 host may choose its addresses,
/// or a subject.
package struct LimiterKey: TableKey {
    private enum Kind: UInt8, Sendable { case v4, v6, subject }

    private let bits: UInt64
    private let kind: Kind

    package init(_ address: ClientAddress) {
        switch address {
        case .v4(let bits):
            self.bits = UInt64(bits)
            self.kind = .v4
        case .v6(let high, _):
            self.bits = high
            self.kind = .v6
        case .subject(let hash):
            self.bits = hash
            self.kind = .subject
        }
    }

    /// Clients choose their addresses, so they must not be able to predict the hash: it is the standard library's, seeded for each process.
    package var tableHash: UInt32 {
        UInt32(truncatingIfNeeded: self.hashValue)
    }
}

extension ClientAddress {
    package var limiterKey: LimiterKey { LimiterKey(self) }
}
