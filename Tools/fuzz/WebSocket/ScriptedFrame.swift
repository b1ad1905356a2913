import SignalingTestKit
import SignalingWire
import WebSocketCore

/// Frames made of an input's bytes. The masks are right and the lengths fit, so that a mutated byte reaches what lies behind them.
enum ScriptedFrame {
    /// A message of a kind the server knows, with a value of the input's in it.
    static func envelope(_ input: inout InputCursor) -> [UInt8] {
        let kind = input.number(below: 18)
        let value = self.value(&input)
        func object(_ head: String, _ tail: String = "}") -> [UInt8] { Array(head.utf8) + value + Array(tail.utf8) }
        switch kind {
        case 0: return object(#"{"type":"offer","sdp":"#)
        case 1: return object(#"{"type":"answer","sdp":"#)
        case 2: return object(#"{"type":"ice","cand":"#)
        case 3: return object(#"{"type":"sender_ready","x":"#)
        case 4: return object(#"{"type":"hello","deliveredUpTo":"#)
        case 5: return Array(#"{"type":"hello"}"#.utf8)
        case 6: return object(#"{"type":"send","to":"B","payload":"#)
        case 7: return object(#"{"to":"a","payload":"#, #","type":"SEND"}"#)
        case 8: return object(#"{"type":"delivered","seq":"#)
        case 9: return object(#"{"type":"delivered","upTo":"#)
        case 10: return object(#"{"type":"telemetry","mode":"direct","event":"#)
        case 11: return object(#"{"type":"hello","deliveredUpTo":1,"mailbox":"#)
        case 12: return object(#"{"type":"send","to":"B","payload":1,"ref":"#)
        case 13: return object(#"{"type":"send","ref":7,"to":"A","payload":"#)
        case 14:
            return object(
                #"{"type":"telemetry","event":"ice-failed","candidates":{"host":1},"servers":{"turn":1},"errors":[701],"reason":"#)
        case 15: return object(#"{"type":"telemetry","event":"ice-failed","candidates":{"host":"#, #"},"remote":{},"dtls":"failed"}"#)
        case 16: return object(#"{"type":"telemetry","event":"ice-connected","selected":{"local":"#, #"},"resumed":false}"#)
        default: return object(#"{"type":"#)
        }
    }

    /// JSON, or whatever the input has; sometimes a long string, to fill queues and mailboxes.
    private static func value(_ input: inout InputCursor) -> [UInt8] {
        let form = input.byte()
        switch form & 3 {
        case 0: return Array(String(form >> 2).utf8)
        case 1: return [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: Int(form >> 2) * 256) + [UInt8(ascii: "\"")]
        case 2: return [UInt8(ascii: "\""), UInt8(ascii: "a") + (form >> 2) % 26, UInt8(ascii: "\"")]
        default: return input.block()
        }
    }

    /// A frame whose first byte and length are the input's affair.
    static func odd(_ input: inout InputCursor) -> [UInt8] {
        let first = input.byte()
        let form = input.byte()
        var frame = ClientFrame(.text, input.block(), mask: form & 4 == 0 ? UInt32(form) << 24 | 0x1234 : nil)
        frame.firstByte = first
        switch form & 3 {
        case 0, 1: break
        case 2: frame.lengthForm = .sixteenBits
        default: frame.lengthForm = form & 8 == 0 ? .sixtyFourBits : .claimed(UInt64(form) << (UInt64(form) & 0x3F))
        }
        return frame.bytes
    }

    /// A stream of frames that the input spells with its payloads in the clear, whatever its mask bits say: each is masked, so that its
    /// payload is what the input has.
    static func masked(_ plain: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = []
        var rest = plain[...]
        while let first = rest.popFirst(), let second = rest.popFirst() {
            var header = [first, second | 0x80]
            var length = Int(second & 0x7F)
            if length >= 126 {
                let width = length == 126 ? 2 : 8
                let spelled = rest.prefix(width)
                rest = rest.dropFirst(width)
                header += spelled
                length = spelled.reduce(0) { min($0 << 8 | Int($1), 1 << 20) }
            }
            let mask: [UInt8] = [0x37, first, second, 0x21]
            stream += header + mask + rest.prefix(length).enumerated().map { $1 ^ mask[$0 % 4] }
            rest = rest.dropFirst(length)
        }
        return stream
    }
}
