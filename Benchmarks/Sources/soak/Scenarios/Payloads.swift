import LoadClients
import NIOCore

/// Frames as clients send them, each with a number so that no two are alike.
enum Payloads {
    private static let candidates = Array(
        repeating: #"a=candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0\r\n"#, count: 12
    ).joined()
    private static let filler = ByteBuffer(string: String(repeating: "0123456789abcdef", count: 16 * 1024))
    /// Three bytes a character, so that cuts fall inside of them.
    private static let wideFiller = ByteBuffer(string: String(repeating: "\u{20AC}\u{6F22}\u{5B57}", count: 8 * 1024))

    static func offer(_ number: Int) -> ByteBuffer {
        ByteBuffer(
            string: #"{"type":"offer","sdp":"v=0\r\no=- \#(number) 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\#(self.candidates)"}"#)
    }

    static func answer(_ number: Int) -> ByteBuffer {
        ByteBuffer(string: #"{"type":"answer","sdp":"v=0\r\no=- \#(number) 2 IN IP4 127.0.0.1\r\n\#(self.candidates)"}"#)
    }

    static func ice(_ number: Int) -> ByteBuffer {
        ByteBuffer(
            string: #"""
                {"type":"ice","candidate":{"candidate":"candidate:1 1 udp 2122260223 198.51.100.4 50123 typ host","sdpMid":"0","n":\#(number)}}
                """#)
    }

    /// An ICE frame of about this many bytes.
    static func relay(_ number: Int, bytes: Int, isWide: Bool = false) -> ByteBuffer {
        var payload = ByteBuffer()
        payload.reserveCapacity(bytes + 48)
        payload.writeString(#"{"type":"ice","n":\#(number),"fill":""#)
        let source = isWide ? self.wideFiller : self.filler
        var left = min(bytes, 1 << 20) - payload.readableBytes - 2
        if isWide { left -= left % 3 }
        while left > 0, let part = source.getSlice(at: 0, length: min(left, source.readableBytes)) {
            payload.writeImmutableBuffer(part)
            left -= part.readableBytes
        }
        payload.writeString(#""}"#)
        return payload
    }

    /// What a mailbox item carries.
    static func item(_ number: Int, bytes: Int) -> ByteBuffer {
        var payload = ByteBuffer(string: #"{"n":\#(number),"text":""#)
        if let part = self.filler.getSlice(at: 0, length: min(bytes, self.filler.readableBytes)) { payload.writeImmutableBuffer(part) }
        payload.writeString(#""}"#)
        return payload
    }

    static func send(_ item: ByteBuffer, to side: WebSocketClient.Side) -> ByteBuffer {
        var frame = ByteBuffer(string: #"{"type":"send","to":"\#(side.rawValue)","payload":"#)
        frame.writeImmutableBuffer(item)
        frame.writeString("}")
        return frame
    }

    static func hello(deliveredUpTo seq: Int?) -> ByteBuffer {
        ByteBuffer(string: seq.map { #"{"type":"hello","deliveredUpTo":\#($0)}"# } ?? #"{"type":"hello"}"#)
    }

    static func delivered(upTo seq: Int, spelling: String) -> ByteBuffer {
        ByteBuffer(string: #"{"type":"delivered","\#(spelling)":\#(seq)}"#)
    }

    static func connected(mode: String) -> ByteBuffer {
        ByteBuffer(string: #"{"type":"telemetry","event":"ice-connected","mode":"\#(mode)"}"#)
    }

    static func iceFailed(reason: String) -> ByteBuffer {
        ByteBuffer(string: #"{"type":"telemetry","event":"ice-failed","reason":"\#(reason)"}"#)
    }
}
