package import NIOCore
package import TimeKeeping
package import WebSocketCore

/// The messages of one read of a connection, taken one by one.
package struct WebSocketMessages {
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
    package private(set) var payload: ByteBuffer
    var input: ByteBuffer
    private var pending: WebSocketReader.Event?

    init(_ connection: WebSocketConnection, _ input: ByteBuffer, payload: ByteBuffer, now: MonotonicTime) {
        self.connection = connection
        self.input = input
        self.payload = payload
        self.now = now
    }

    /// Nil when there is none any more: the rest of the input is no whole frame, or the connection reads no further.
    package mutating func next() -> Event? {
        while true {
            if let pending = self.pending {
                self.pending = nil
                self.connection.handle(pending, self.payload)
            }
            switch self.connection.progress {
            case .held: return nil
            case .over:
                self.input.clear()
                return nil
            case .open, .closing: break
            }
            switch self.connection.reader.next(from: &self.input, message: &self.payload) {
            case .needMore: return nil
            case .message(let opcode):
                // While it closes, input is only searched for the client's close.
                guard case .open = self.connection.progress else { continue }
                self.connection.messagesIn += 1
                return .message(opcode)
            case let event:
                self.pending = event
                return .interruption
            }
        }
    }

    /// Gives back the buffers: what was not taken, and the one that messages were put in.
    consuming func finish() -> (rest: ByteBuffer, payload: ByteBuffer) { (self.input, self.payload) }
}
