package import NetworkAddresses
import TimeKeeping

/// Whom a limit counts as one client: an IPv4 address, or the /64 that an IPv6 host may choose its addresses from.
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

    /// Addresses are the clients' to choose, so the hash must be one that they cannot foresee: the standard library's, seeded per process.
    package var tableHash: UInt32 {
        UInt32(truncatingIfNeeded: self.hashValue)
    }
}

extension ClientAddress {
    package var limiterKey: LimiterKey { LimiterKey(self) }
}
