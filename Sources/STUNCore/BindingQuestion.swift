/// A request that this program asks another STUN server with, to see whether it is there.
package struct BindingQuestion: Sendable {
    private let transaction: [UInt8]

    /// - Parameter random: Twice; what an answer is known by.
    package init(random: () -> UInt64) {
        var transaction: [UInt8] = []
        transaction.append(bigEndian: random())
        transaction.append(bigEndian: UInt32(truncatingIfNeeded: random()))
        self.transaction = transaction
    }

    package var bytes: [UInt8] { Self.head(STUNType.bindingRequest, length: 0) + self.transaction }

    /// Whether a datagram answers it. An error is an answer, too: somebody who speaks STUN is there.
    package func isAnswered(by datagram: [UInt8]) -> Bool {
        guard datagram.count >= STUNHeader.length, datagram[8..<STUNHeader.length].elementsEqual(self.transaction) else { return false }
        return [STUNType.bindingSuccess, STUNType.bindingError].contains {
            Self.head($0, length: 0).prefix(2).elementsEqual(datagram.prefix(2))
        }
    }

    private static func head(_ type: UInt16, length: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: type)
        bytes.append(bigEndian: length)
        bytes.append(bigEndian: STUNHeader.cookie)
        return bytes
    }
}
