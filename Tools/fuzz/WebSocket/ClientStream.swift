import SignalingWire
import WebSocketCore

/// A client's bytes read as RFC 6455 says, without haste and without an eye to the server's own reader: the messages in them up to
/// the first violation or close.
struct ClientStream {
    struct Message: Equatable {
        var opcode: Opcode
        var payload: [UInt8]
    }

    private(set) var messages: [Message] = []
    /// After a violation or a close frame nothing means anything.
    private(set) var hasEnded = false

    private let maxMessage: Int
    private var rest: ArraySlice<UInt8> = []
    private var partial: Message?

    init(maxMessage: Int) { self.maxMessage = maxMessage }

    mutating func append(_ bytes: [UInt8]) {
        guard !self.hasEnded else { return }
        self.rest += bytes
        while !self.hasEnded, self.takeFrame() {}
    }

    /// False where the next frame is not all here.
    private mutating func takeFrame() -> Bool {
        guard self.rest.count >= 2 else { return false }
        let start = self.rest.startIndex
        let (first, second) = (self.rest[start], self.rest[start + 1])
        let isFinal = first & 0x80 != 0
        guard let opcode = Opcode(rawValue: first & 0x0F), first & 0x70 == 0, second & 0x80 != 0 else { return self.end() }
        var length = Int(second & 0x7F)
        var header = 6
        let isControl = opcode.rawValue >= 8
        if isControl, !isFinal || length > 125 { return self.end() }
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard self.rest.count >= 2 + width else { return false }
            let spelled = self.rest[start + 2..<start + 2 + width].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            guard spelled >= (width == 2 ? 126 : 0x10000), spelled <= UInt64(self.maxMessage) else { return self.end() }
            length = Int(spelled)
            header += width
        }
        guard self.rest.count >= header + length else { return false }
        let mask = Array(self.rest[start + header - 4..<start + header])
        let payload = self.rest[start + header..<start + header + length].enumerated().map { $1 ^ mask[$0 % 4] }
        self.rest = self.rest[(start + header + length)...]
        if isControl {
            if opcode == .close { _ = self.end() }
        } else {
            self.takeData(opcode, payload, isFinal: isFinal)
        }
        return true
    }

    private mutating func takeData(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool) {
        guard (opcode == .continuation) == (self.partial != nil) else {
            _ = self.end()
            return
        }
        var message = self.partial ?? Message(opcode: opcode, payload: [])
        message.payload += payload
        self.partial = isFinal ? nil : message
        let isTooLong = message.payload.count > self.maxMessage
        let isBroken = isFinal && message.opcode == .text && String(validating: message.payload, as: UTF8.self) == nil
        if isTooLong || isBroken {
            _ = self.end()
        } else if isFinal {
            self.messages.append(message)
        }
    }

    private mutating func end() -> Bool {
        self.hasEnded = true
        return false
    }
}
