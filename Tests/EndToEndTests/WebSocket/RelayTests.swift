import NIOCore
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Offers, answers, candidates and sender_ready go across byte for byte.
@Suite struct RelayTests {
    static let frames = [
        #"{"type":"offer","sdp":"v=0\r\no=- 46117317 2 IN IP4 127.0.0.1\r\n"}"#,
        #"{"type":"answer","sdp":"é \u00e9 🚀 \ud83d\ude80","n":1.0e+2,"big":123456789012345678901234567890}"#,
        "  {\n\t\"candidate\" : null , \"type\" : \"ice\" }  ",
        #"{"type":"sender_ready","payload":{"nested":[[],{},"\\\"\/"]}}"#,
        #"{"type":"OFFER"}"#, #"{"type":"Sender_Ready"}"#,
        #"{"type":"nonsense","type":"ice"}"#,
        #"{"\u0074ype":"\u0069ce"}"#,
    ]

    @Test(arguments: Self.frames, [Opcode.text, .binary])
    func aFrameArrivesAsItWasSent(text: String, opcode: Opcode) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            for (from, to) in [(a, b), (b, a)] {
                try await from.send(ClientFrame(opcode, text: text))
                let frame = try await to.nextMessage()
                #expect(frame == ReceivedFrame(opcode, Array(text.utf8)))
            }
        }
    }

    @Test(arguments: [125, 126, 127, 65_535, 65_536, 1_048_576])
    func lengthsOfEveryFormArrive(length: Int) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            let text = #"{"type":"ice","x":""# + String(repeating: "x", count: length - 21) + "\"}"
            #expect(text.utf8.count == length)
            try await a.send(ClientFrame.text(text))
            #expect(try await b.nextText() == text)
        }
    }

    @Test func fragmentsAreJoinedAroundControlFrames() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            let text = Array(#"{"type":"offer","sdp":"grüße 🚀"}"#.utf8)
            // Every byte a fragment, characters cut in the middle too.
            for (index, byte) in text.enumerated() {
                let isLast = index == text.count - 1
                try await a.send(ClientFrame(index == 0 ? .text : .continuation, [byte], isFinal: isLast))
                if index % 10 == 5 { try await a.send(ClientFrame(.ping, text: "p\(index)")) }
            }
            let frame = try await b.nextMessage()
            #expect(frame == ReceivedFrame(.text, text))
            for index in stride(from: 5, to: text.count, by: 10) {
                let pong = try await a.nextFrame()
                #expect(pong.opcode == .pong && pong.text == "p\(index)")
            }
        }
    }

    @Test func emptyFragmentsAndPingsAreFine() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send([
                ClientFrame(.binary, text: "", isFinal: false), ClientFrame(.ping, text: ""),
                ClientFrame(.continuation, text: #"{"type":"ice"}"#, isFinal: false), ClientFrame(.pong, text: "unasked"),
                ClientFrame(.continuation, text: ""),
            ])
            let frame = try await b.nextMessage()
            #expect(frame.opcode == .binary && frame.text == #"{"type":"ice"}"#)
            #expect(try await a.nextFrame() == ReceivedFrame(.pong, []))
        }
    }

    @Test func manyFramesKeepTheirOrderInBothDirections() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            let count = 500
            func forms(_ name: String) -> [ClientFrame] {
                (0..<count).map { ClientFrame($0 % 2 == 0 ? .text : .binary, text: "{\"type\":\"ice\",\"\(name)\":\($0)}") }
            }
            try await a.send(forms("a"))
            try await b.send(forms("b"))
            for number in 0..<count {
                #expect(try await b.nextMessage().text == "{\"type\":\"ice\",\"a\":\(number)}")
                #expect(try await a.nextMessage().text == "{\"type\":\"ice\",\"b\":\(number)}")
            }
        }
    }

    @Test func roomsDoNotHearEachOther() async throws {
        try await withServer { server in
            let (a1, b1) = try await server.pair()
            let (a2, b2) = try await server.pair()
            try await a1.send(#"{"type":"ice","room":1}"#)
            try await a2.send(#"{"type":"ice","room":2}"#)
            #expect(try await b1.nextText() == #"{"type":"ice","room":1}"#)
            #expect(try await b2.nextText() == #"{"type":"ice","room":2}"#)
        }
    }
}
