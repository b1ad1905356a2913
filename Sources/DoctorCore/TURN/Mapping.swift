import STUNCore

/// The exchange of a client that asks a STUN server who it is.
package struct Mapping: Sendable {
    private var transactions: Transactions

    package init(seed: (UInt64, UInt64)) { self.transactions = Transactions(seed: seed) }

    package mutating func begin() -> [UInt8] { STUNWriter(STUNType.bindingRequest, transaction: self.transactions.next()).bytes }

    /// Nil where it is no response to that.
    package func receive(_ message: STUNMessage) -> MappingOutcome? {
        guard message.transaction == self.transactions.current else { return nil }
        switch message.type {
        case STUNType.bindingSuccess:
            return message.address(STUNAttribute.xorMappedAddress).map { .mapped($0) } ?? .rejected("a response without an address")
        case STUNType.bindingError: return .rejected(message.error.map { "\($0.code) \($0.reason)" } ?? "an error without a code")
        default: return nil
        }
    }
}
