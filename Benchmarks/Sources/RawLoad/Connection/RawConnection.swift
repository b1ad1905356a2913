/// A non-blocking socket of the generator's. What it belongs to is known by `owner` and `side`.
package final class RawConnection {
    package enum Mode: Sendable {
        case http
        /// The upgrade was asked for and not answered yet.
        case upgrading
        case webSocket
    }

    /// How a connection ended other than by the generator's closing it.
    package enum End: Sendable, CustomStringConvertible {
        case closed(UInt16?)
        case endOfStream
        case error(Int32)
        case refused(status: Int)
        case malformed(String)

        package var description: String {
            switch self {
            case .closed(let code): "closed with \(code.map(String.init) ?? "no code")"
            case .endOfStream: "end of stream"
            case .error(let number): RawFailure.text(number)
            case .refused(let status): "upgrade refused with \(status)"
            case .malformed(let what): "malformed: \(what)"
            }
        }
    }

    package let owner: Int
    package let side: Int
    package internal(set) var mode: Mode
    package internal(set) var isOpen = true

    let descriptor: Int32
    /// Tells it from an earlier connection with the same descriptor, of which there may still be an event.
    let tag: UInt64
    /// What came and is not whole yet.
    var unread: [UInt8] = []
    /// What the socket did not take yet.
    var unsent: [UInt8] = []
    /// Of a write that failed: the kernel tells an error once, and reading then finds the end of the stream alone.
    var writeError: Int32?

    init(descriptor: Int32, generation: UInt32, mode: Mode, owner: Int, side: Int) {
        self.descriptor = descriptor
        self.tag = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        self.mode = mode
        self.owner = owner
        self.side = side
    }
}
