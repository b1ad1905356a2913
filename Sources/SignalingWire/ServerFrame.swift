package import NIOCore
import WebSocketCore

/// The frames the server itself writes, WebSocket header included.
package enum ServerFrame {
    package static func writeRoomFull(into buffer: inout ByteBuffer) {
        self.writeText(#"{"type":"room_full"}"#, into: &buffer)
    }

    package static func writePeerLeft(into buffer: inout ByteBuffer) {
        self.writeText(#"{"type":"peer_left"}"#, into: &buffer)
    }

    /// `message` is one of the server's own: plain ASCII without quotes or backslashes. `ref` is that of the refused `send`, if it had one.
    package static func writeError(_ code: ErrorCode, _ message: StaticString, ref: UInt64? = nil, into buffer: inout ByteBuffer) {
        let end = ref.map { #","ref":\#($0)}"# } ?? "}"
        self.writeText(#"{"type":"error","code":"\#(code.rawValue)","message":"\#(message)"\#(end)"#, into: &buffer)
    }

    /// The response to a `hello` that names a mailbox: which mailbox this is, and up to which number it was acknowledged.
    package static func writeMailbox(_ id: MailboxID, deliveredUpTo seq: UInt64, into buffer: inout ByteBuffer) {
        self.writeText(#"{"type":"mailbox","id":"\#(id.text)","deliveredUpTo":\#(seq)}"#, into: &buffer)
    }

    /// The item that came with this `ref` is stored.
    package static func writeAccepted(ref: UInt64, into buffer: inout ByteBuffer) {
        self.writeText(#"{"type":"accepted","ref":\#(ref)}"#, into: &buffer)
    }

    /// `reconnectAfterMilliseconds` is how long this client should wait before it comes back.
    package static func writeGoingAway(reconnectAfterMilliseconds: Int, into buffer: inout ByteBuffer) {
        self.writeText(#"{"type":"going_away","reconnectAfterMs":\#(reconnectAfterMilliseconds)}"#, into: &buffer)
    }

    /// Why the peers do not reach each other.
    package static func writeDiagnosis(_ diagnosis: Diagnosis, into buffer: inout ByteBuffer) {
        let hint = diagnosis.hint.map { #","hint":"\#($0.name)""# } ?? ""
        self.writeText(
            #"{"type":"diagnosis","cause":"\#(diagnosis.cause.name)","side":"\#(diagnosis.place.name)","advice":"\#(diagnosis.advice)"\#(hint)}"#,
            into: &buffer)
    }

    /// A mailbox item; `payload` is JSON text as its sender wrote it.
    package static func writeItem(as kind: ItemKind, seq: UInt64, payload: ByteBuffer, into buffer: inout ByteBuffer) {
        let head = kind.head
        let digits = String(seq)
        let middle: StaticString = #","payload":"#
        let length = head.utf8CodeUnitCount + digits.utf8.count + middle.utf8CodeUnitCount + payload.readableBytes + 1
        buffer.reserveCapacity(minimumWritableBytes: length + 10)
        WebSocketFrame.writeHeader(.text, payload: length, into: &buffer)
        buffer.writeStaticString(head)
        buffer.writeString(digits)
        buffer.writeStaticString(middle)
        buffer.writeImmutableBuffer(payload)
        buffer.writeStaticString("}")
    }

    /// The type of an item's frame: `deliver` on connections opened with a `sid` parameter, `send` on the others.
    package enum ItemKind: Sendable, Equatable {
        case send, deliver

        fileprivate var head: StaticString {
            switch self {
            case .send: #"{"type":"send","seq":"#
            case .deliver: #"{"type":"deliver","seq":"#
            }
        }
    }

    private static func writeText(_ text: String, into buffer: inout ByteBuffer) {
        WebSocketFrame.writeHeader(.text, payload: text.utf8.count, into: &buffer)
        buffer.writeString(text)
    }
}
