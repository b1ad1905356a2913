import NIOCore
import ServerConfiguration
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// How connections end, in order and out of it.
@Suite struct ClosingTests {
    @Test(arguments: [nil, 1000, 1001, 1011, 3000, 4999] as [UInt16?])
    func aCloseIsEchoedAndTheConnectionEnds(code: UInt16?) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.sendClose(code, reason: code == nil ? "" : "bye")
            let echo = try await a.nextFrame()
            #expect(echo.opcode == .close)
            #expect(echo.closeCode == code)
            #expect(try await a.socket.readToEnd().readableBytes == 0)
            #expect(try await b.nextText() == peerLeft)
        }
    }

    struct Violation: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var code: UInt16
        var forms: [ClientFrame]

        init(_ name: String, _ code: UInt16, _ forms: ClientFrame...) {
            self.testDescription = name
            self.code = code
            self.forms = forms
        }
    }

    private static func close(_ bytes: [UInt8]) -> ClientFrame { ClientFrame(.close, bytes) }
    private static let ice = #"{"type":"ice"}"#
    private static let big = String(repeating: " ", count: 700)

    static let violations: [Violation] = [
        .init("an unmasked frame", 1002, .init(.text, text: ice).with { $0.mask = nil }),
        .init("RSV1", 1002, .init(.text, text: ice).with { $0.firstByte |= 0x40 }),
        .init("RSV2", 1002, .init(.text, text: ice).with { $0.firstByte |= 0x20 }),
        .init("RSV3", 1002, .init(.ping, text: "").with { $0.firstByte |= 0x10 }),
        .init("opcode 3", 1002, .init(.text, text: ice).with { $0.firstByte = 0x83 }),
        .init("opcode 7", 1002, .init(.text, text: ice).with { $0.firstByte = 0x87 }),
        .init("opcode 11", 1002, .init(.text, text: ice).with { $0.firstByte = 0x8B }),
        .init("opcode 15", 1002, .init(.text, text: ice).with { $0.firstByte = 0x8F }),
        .init("a fragmented ping", 1002, .init(.ping, text: "", isFinal: false)),
        .init("a fragmented close", 1002, .init(.close, text: "", isFinal: false)),
        .init("a ping of 126 bytes", 1002, .init(.ping, text: String(repeating: "p", count: 126))),
        .init("a continuation of nothing", 1002, .init(.continuation, text: ice)),
        .init("a new message inside another", 1002, .init(.text, text: "{", isFinal: false), .init(.text, text: ice)),
        .init("a length in 2 bytes that fits in 7 bits", 1002, .init(.text, text: ice).with { $0.lengthForm = .sixteenBits }),
        .init("a length in 8 bytes that fits in 2", 1002, .init(.text, text: big).with { $0.lengthForm = .sixtyFourBits }),
        .init("a negative length", 1002, .init(.text, text: "").with { $0.lengthForm = .claimed(1 << 63) }),
        .init("a close of one byte", 1002, close([3])),
        .init("close 999", 1002, close([0x03, 0xE7])),
        .init("close 1004", 1002, close([0x03, 0xEC])),
        .init("close 1005", 1002, close([0x03, 0xED])),
        .init("close 1006", 1002, close([0x03, 0xEE])),
        .init("close 1015", 1002, close([0x03, 0xF7])),
        .init("close 2999", 1002, close([0x0B, 0xB7])),
        .init("close 5000", 1002, close([0x13, 0x88])),
        .init("a close reason that is not UTF-8", 1007, close([0x03, 0xE8, 0xFF])),
        .init("text that is not UTF-8", 1007, .init(.text, [0x7B, 0xC3, 0x28])),
        .init("an overlong form", 1007, .init(.text, [0xC0, 0x80])),
        .init("a surrogate", 1007, .init(.text, [0xED, 0xA0, 0x80])),
        .init("text that ends inside a character", 1007, .init(.text, [0x7B, 0xC3])),
        // Known to be wrong before the message is whole.
        .init("a fragment that is not UTF-8", 1007, .init(.text, [0xFF], isFinal: false)),
        .init("a message of a byte over WS_MAX_MSG", 1009, .init(.text, text: String(repeating: " ", count: 1025))),
        .init("the header of one over WS_MAX_MSG", 1009, .init(.text, text: "").with { $0.lengthForm = .claimed(65_536) }),
        .init("fragments over WS_MAX_MSG", 1009, .init(.text, text: big, isFinal: false), .init(.continuation, text: big)),
        .init("a length of exabytes", 1009, .init(.binary, text: "").with { $0.lengthForm = .claimed(1 << 62) }),
    ]

    @Test(arguments: Self.violations)
    func aViolationIsAnsweredWithItsCode(violation: Violation) async throws {
        try await withServer {
            $0.wsMaxMessage = 1024
        } _: { server in
            let (a, b) = try await server.pair()
            try await a.send(violation.forms)
            let close = try await a.nextClose()
            #expect(close.closeCode == violation.code)
            #expect(try await b.nextText() == peerLeft)
            // What comes behind a violation is not read.
            try? await a.send(Self.ice)
            a.socket.close()
            let series = "nt_ws_closed_total{code=\"\(violation.code)\"}"
            try await eventually("the connection is gone") { try await server.metrics()[series] == 1 }
        }
    }

    @Test func aMessageOfTheLongestLengthPasses() async throws {
        try await withServer {
            $0.wsMaxMessage = 1024
        } _: { server in
            let (a, b) = try await server.pair()
            let text = Self.ice + String(repeating: " ", count: 1024 - Self.ice.utf8.count)
            try await a.send([
                ClientFrame.text(String(text.prefix(500)), isFinal: false), ClientFrame(.continuation, text: String(text.dropFirst(500))),
            ])
            #expect(try await b.nextText() == text)
        }
    }

    /// Frames a client sends after its own close are none.
    @Test func nothingCountsBehindAClose() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send([Self.close([0x03, 0xE8]), ClientFrame.text(Self.ice)])
            #expect(try await a.nextFrame().closeCode == 1000)
            #expect(try await b.nextText() == peerLeft)
            try await b.send(ClientFrame(.ping, text: "still here"))
            #expect(try await b.nextFrame().text == "still here")
        }
    }
}
