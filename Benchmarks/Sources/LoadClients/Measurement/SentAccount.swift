/// What clients sent, by everything the server counts it by.
///
/// A client's traffic is `sure` once it is proven that the server has read it (a pong or a close handshake came back, and TCP keeps
/// order), and `possible` where the connection ended without such proof.
package final class SentAccount {
    package struct Tally: Sendable {
        /// By `Slot`.
        fileprivate(set) var values = [Int](repeating: 0, count: Slot.count)

        package subscript(slot: Slot) -> Int {
            get { self.values[slot.index] }
            set { self.values[slot.index] = newValue }
        }

        mutating func add(_ other: Tally) {
            for index in 0..<Slot.count { self.values[index] += other.values[index] }
        }

        mutating func clear() {
            for index in 0..<Slot.count { self.values[index] = 0 }
        }
    }

    package enum Slot: Sendable {
        /// WebSocket messages and control frames.
        case message(Opcode)
        case frames(FrameKind)
        /// Payload bytes.
        case bytes(FrameKind)

        fileprivate static let count = 11 + 2 * FrameKind.allCases.count

        fileprivate var index: Int {
            switch self {
            case .message(let opcode): Int(opcode.rawValue)
            case .frames(let kind): 11 + kind.rawValue
            case .bytes(let kind): 11 + FrameKind.allCases.count + kind.rawValue
            }
        }
    }

    package private(set) var sure = Tally()
    package private(set) var possible = Tally()

    package init() {}

    func enter(_ slot: Slot) { self.sure[slot] += 1 }

    func enterPossible(_ slot: Slot) { self.possible[slot] += 1 }

    func confirm(_ tally: inout Tally) {
        self.sure.add(tally)
        tally.clear()
    }

    func writeOff(_ tally: inout Tally) {
        self.possible.add(tally)
        tally.clear()
    }
}
