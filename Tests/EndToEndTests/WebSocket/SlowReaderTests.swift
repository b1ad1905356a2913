import MetricsCore
import NIOCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Peers that do not take what they are sent.
@Suite(.serialized) struct SlowReaderTests {
    private static let frameCount = 256
    /// 64 KiB each, 16 MiB together: more than the sockets' buffers hold.
    private static func text(_ number: Int) -> String {
        let head = "{\"type\":\"ice\",\"n\":\(number),\"x\":\""
        return head + String(repeating: "x", count: 65_536 - head.utf8.count - 2) + "\"}"
    }

    /// Masked with zeros, which changes nothing: a debug build would spend seconds on masking all of them.
    private static func frame(_ number: Int) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(0x81 as UInt8, 0xFF as UInt8, 65_536 as UInt64, 0 as UInt32)
        frame.writeString(self.text(number))
        return frame
    }

    private static var small: SocketClient.Options {
        var options = SocketClient.Options()
        options.receiveBuffer = 8192
        return options
    }

    @Test func theSenderWaitsNothingIsLostAndNobodyElseNotices() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            let b = try await server.join(room, "B", options: Self.small)
            #expect(try await b.nextText() == roomFull)
            try await b.socket.stopReading()
            var last = a.socket.enqueue(Self.frame(0))
            for number in 1..<Self.frameCount { last = a.socket.enqueue(Self.frame(number)) }
            try await eventually("the sender's frames are being read") { server.counts.signalMessages.values.reduce(0, +) > 4 }

            let (c, d) = try await server.pair()
            for number in 0..<200 {
                try await c.send(#"{"type":"ice","n":\#(number)}"#)
                #expect(try await d.nextText() == #"{"type":"ice","n":\#(number)}"#)
            }
            let read = server.counts.signalMessages.values.reduce(0, +) - 200
            #expect(read < Self.frameCount, "the server read on although the receiver does not")

            try await b.socket.startReading()
            for number in 0..<Self.frameCount { #expect(try await b.nextText() == Self.text(number)) }
            try await last.get()
            #expect(try await a.nextText() == roomFull)
        }
    }

    @Test func whoTakesNothingIsClosed() async throws {
        try await withServer {
            $0.heartbeat = .milliseconds(700)
        } _: { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            let b = try await server.join(room, "B", options: Self.small)
            #expect(try await a.nextText() == roomFull)
            try await b.socket.stopReading()
            for number in 0..<Self.frameCount { _ = a.socket.enqueue(Self.frame(number)) }
            #expect(try await a.nextText() == peerLeft)
            try await eventually("the connection is gone") { server.counts.wsClosed[.init(4008)] == 1 }
            let end = try #require(server.log.lines("connection ended").first { $0.metadata["side"] == "B" })
            #expect(end.metadata["code"] == "4008")
        }
    }

    /// Answers are queued like anything else: a client that takes none is not read from.
    @Test func aFloodOfPingsIsHeldBack() async throws {
        try await withServer { server in
            let flooder = try await server.join(randomRoom(), "A", options: Self.small)
            try await flooder.socket.stopReading()
            let count = 60_000
            var flood = ByteBuffer()
            let payload = String(repeating: "p", count: 100)
            let ping = ClientFrame(.ping, text: payload).bytes
            for _ in 0..<count { flood.writeBytes(ping) }
            let sent = flooder.socket.enqueue(flood)
            try await eventually("pings are being read") { server.counts.wsMessages[.ping] > 1000 }
            let (c, d) = try await server.pair()
            for number in 0..<100 {
                try await c.send(#"{"type":"ice","n":\#(number)}"#)
                #expect(try await d.nextText() == #"{"type":"ice","n":\#(number)}"#)
            }
            #expect(server.counts.wsMessages[.ping] < count)
            try await flooder.socket.startReading()
            let pong: [UInt8] = [0x8A, 100] + Array(payload.utf8)
            for _ in 0..<count / 1000 {
                let thousand = try await flooder.socket.read("a thousand pongs") { $0.readBytes(length: 102 * 1000) }
                #expect(thousand == Array(repeatElement(pong, count: 1000).joined()))
            }
            try await sent.get()
        }
    }
}
