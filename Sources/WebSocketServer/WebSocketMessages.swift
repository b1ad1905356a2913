package import NIOCore
package import TimeKeeping
package import WebSocketCore

/// The messages of one read of a connection, taken one by one.
package struct WebSocketMessages: ~Copyable {
    package enum Event {
        /// A message is in `payload`.
        case message(Opcode)
        /// A control frame comes next, or the protocol was broken. What the messages before it lead to has to be done first: then `next`
        /// deals with it.
        case interruption
    }

    package let connection: WebSocketConnection
    /// When they were read.
    package let now: MonotonicTime
    /// The message that `next` returned last. Its storage is used again: copy what is to be kept.
    package internal(set) var payload: ByteBuffer
    private(set) var input: ByteBuffer
    private var pending: WebSocketReader.Event?

    init(_ connection: WebSocketConnection, _ input: ByteBuffer, payload: consuming ByteBuffer, now: MonotonicTime) {
        self.connection = connection
        self.input = input
        self.payload = payload
        self.now = now
    }

    /// Nil when there is none any more: the rest of the input is no whole frame, or the connection reads no further.
    package mutating func next() -> Event? {
        // Instrumented for ThreadSanitizer, the compiler does not lend parts of `self` while it looks at another.
        let connection = self.connection
        if let pending = self.pending {
            self.pending = nil
            connection.handle(pending, self.payload)
        }
        while true {
            let isOpen: Bool
            switch connection.phase {
            case .open:
                // It reads on when it is ordered to; what was read already waits until then.
                guard connection.pauses == 0 else { return nil }
                isOpen = true
            // Input is only searched for the client's close.
            case .closing: isOpen = false
            case .idle, .held: return nil
            case .closed:
                self.input.moveReaderIndex(to: self.input.writerIndex)
                return nil
            }
            switch connection.reader.next(from: &self.input, message: &self.payload) {
            case .needMore: return nil
            case .message(let opcode):
                guard isOpen else { continue }
                connection.messagesIn += 1
                return .message(opcode)
            case let event:
                self.pending = event
                return .interruption
            }
        }
    }
}
