package import NetworkAddresses
import TimeKeeping

/// What a limit counts as one client: an IPv4 address, or the /64 network in which an IPv6 host may choose its addresses.
package struct LimiterKey: TableKey {
    private let bits: UInt64
    private let isV6: Bool

    package init(_ address: ClientAddress) {
        switch address {
        case .v4(let bits):
            self.bits = UInt64(bits)
            self.isV6 = false
        case .v6(let high, _):
            self.bits = high
            self.isV6 = true
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
