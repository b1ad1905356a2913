package import NetworkAddresses
import TimeKeeping

extension ClientPrefix: TableKey {
    /// Clients choose their addresses, so they must not be able to predict the hash: it is the standard library's, seeded for each process.
    package var tableHash: UInt32 { UInt32(truncatingIfNeeded: self.hashValue) }
}
