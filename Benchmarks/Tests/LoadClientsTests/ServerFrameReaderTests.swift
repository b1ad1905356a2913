import LoadClients
import NIOCore
import Testing

@Suite struct ServerFrameReaderTests {
    private func events(_ bytes: [UInt8], cutEvery step: Int = .max) -> [ServerFrameReader.Event] {
        var reader = ServerFrameReader()
        var unread = ByteBuffer()
        var events: [ServerFrameReader.Event] = []
        for start in stride(from: 0, to: bytes.count, by: min(step, max(1, bytes.count))) {
            unread.writeBytes(bytes[start..<min(bytes.count, start + min(step, bytes.count))])
            while true {
                let event = reader.next(from: &unread)
                if event == .needMore { break }
                events.append(event)
                if case .violation = event { return events }
            }
        }
        return events
    }

    @Test(arguments: [1, 2, 3, 7, Int.max]) func severalFramesInPieces(step: Int) {
        let text = Array(#"{"type":"room_full"}"#.utf8)
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 300)
        let bytes: [UInt8] =
            [0x81, UInt8(text.count)] + text + [0x89, 1, 9] + [0x82, 126, 0x01, 0x2C] + long + [0x01, 1, 0x61, 0x8A, 0, 0x80, 1, 0x62]
            + [0x88, 2, 0x03, 0xE8]
        #expect(
            self.events(bytes, cutEvery: step) == [
                .message(.text, ByteBuffer(bytes: text)), .ping(ByteBuffer(bytes: [9])), .message(.binary, ByteBuffer(bytes: long)),
                .pong(ByteBuffer()), .message(.text, ByteBuffer(string: "ab")), .close(1000),
            ])
    }

    @Test(
        arguments: [
            [0x81, 0x80, 0, 0, 0, 0], [0xC1, 0], [0x83, 0], [0x09, 0], [0x89, 126, 0, 126], [0x80, 0], [0x81, 126, 0, 5, 1, 2, 3, 4, 5],
            [0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [0x01, 0, 0x81, 0], [0x81, 2, 0xC3, 0x28], [0x88, 1, 3], [0x88, 2, 3, 0xE8, 0x81],
            [0x88, 3, 3, 0xE8, 0xFF],
        ] as [[UInt8]]) func whatRFC6455ForbidsIsAViolation(bytes: [UInt8]) throws
    {
        guard case .violation = try #require(self.events(bytes).last) else {
            Issue.record("\(bytes) passed")
            return
        }
    }

    @Test func clientFramesUnmaskToWhatWasSent() throws {
        for size in [0, 1, 7, 125, 126, 1000, 65_535, 65_536, 70_001] {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            var writer = ClientFrameWriter(seed: UInt64(size))
            var output = ByteBuffer()
            writer.write(.binary, payload: ByteBuffer(bytes: payload), into: &output)
            let bytes = Array(output.readableBytesView)
            let extended = size < 126 ? 0 : size < 65_536 ? 2 : 8
            try #require(bytes.count == 2 + extended + 4 + size)
            #expect(bytes[0] == 0x82)
            let short = extended == 0 ? UInt8(size) : extended == 2 ? 126 : 127
            #expect(bytes[1] == 0x80 | short)
            if extended > 0 { #expect(bytes[2..<2 + extended].reduce(0) { $0 << 8 | Int($1) } == size) }
            let mask = Array(bytes[(2 + extended)..<(6 + extended)])
            #expect(bytes[(6 + extended)...].enumerated().map { $1 ^ mask[$0 % 4] } == payload)
        }
    }

    @Test func serverMessagesAreToldFromPeersFrames() {
        func message(_ text: String) -> ServerMessage { ServerMessage(.text, ByteBuffer(string: text)) }
        #expect(message(#"{"type":"room_full"}"#) == .roomFull)
        #expect(message(#"{"type":"peer_left"}"#) == .peerLeft)
        #expect(message(#"{"type":"error","code":"peer_absent","message":"x"}"#) == .error(code: "peer_absent"))
        #expect(
            message(#"{"type":"deliver","seq":12,"payload":{"a":[1]}}"#)
                == .item(isDeliver: true, seq: 12, payload: ByteBuffer(string: #"{"a":[1]}"#)))
        #expect(message(#"{"type":"send","seq":3,"payload":1}"#) == .item(isDeliver: false, seq: 3, payload: ByteBuffer(string: "1")))
        for text in [#"{"type":"sender_ready"}"#, #"{"type":"ice","n":1}"#, "{}", #"{"type":"send","seq":x,"payload":1}"#] {
            #expect(message(text) == .relayed(.text, ByteBuffer(string: text)))
        }
    }
}
