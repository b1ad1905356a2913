import NIOCore
import SignalingTestKit
import SignalingWire
import WebSocketCore

/// What a reader makes of some input, with the bytes each event brought.
enum Seen: Equatable, CustomStringConvertible {
    case message(Opcode, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)
    case violation(CloseCode)

    static func text(_ text: String) -> Seen { .message(.text, Array(text.utf8)) }

    var description: String {
        switch self {
        case .message(let opcode, let bytes): "\(opcode)(\(bytes.count > 40 ? "\(bytes.count) bytes" : "\(bytes)"))"
        case .ping(let bytes): "ping(\(bytes))"
        case .pong(let bytes): "pong(\(bytes))"
        case .close(let code): "close(\(code.map(String.init) ?? "-"))"
        case .violation(let code): "violation(\(code))"
        }
    }
}

/// A reader as a connection drives it: what it leaves unread is put before the next input.
struct ReaderHarness {
    private(set) var reader: WebSocketReader
    private(set) var seen: [Seen] = []
    private var unread = ByteBuffer()
    /// The most that was left unread or kept of an unfinished message.
    private(set) var mostUnread = 0
    private(set) var mostBuffered = 0
    private var message = ByteBuffer()

    var unreadBytes: Int { self.unread.readableBytes }

    init(maxMessage: Int = 1 << 20) { self.reader = WebSocketReader(maxMessage: maxMessage) }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        self.unread.writeBytes(bytes)
        reading: while true {
            let event = self.reader.next(from: &self.unread, message: &self.message)
            let payload = Array(self.message.readableBytesView)
            switch event {
            case .needMore: break reading
            case .message(let opcode): self.seen.append(.message(opcode, payload))
            case .ping: self.seen.append(.ping(payload))
            case .pong: self.seen.append(.pong(payload))
            case .close(let code): self.seen.append(.close(code))
            case .violation(let code): self.seen.append(.violation(code))
            }
        }
        self.unread.discardReadBytes()
        self.mostUnread = max(self.mostUnread, self.unread.readableBytes)
        self.mostBuffered = max(self.mostBuffered, self.reader.bufferedBytes)
    }

    static func read(_ bytes: [UInt8], maxMessage: Int = 1 << 20) -> [Seen] {
        var harness = ReaderHarness(maxMessage: maxMessage)
        harness.feed(bytes)
        return harness.seen
    }

    static func read(_ frames: [ClientFrame], maxMessage: Int = 1 << 20) -> [Seen] { self.read(frames.bytes, maxMessage: maxMessage) }
}
