import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Frames that are refused, each with its code, and the connection that lives on.
@Suite struct ErrorFrameTests {
    static let rows: [(String, String)] = [
        ("invalid_json", ""), ("invalid_json", "{"), ("invalid_json", "hello"), ("invalid_json", "[]"), ("invalid_json", "null"),
        ("invalid_json", #"{"type":"ice",}"#), ("invalid_json", #"{'type':'ice'}"#), ("invalid_json", #"{"type":"ice"} {}"#),
        ("invalid_json", #"{"type":"ice","n":01}"#), ("invalid_json", #"{"type":"ice","n":NaN}"#),
        ("invalid_json", "{\"type\":\"ice\u{1}\"}"),
        ("invalid_json", "\u{FEFF}{\"type\":\"ice\"}"), ("invalid_json", #"{"type":"ice","x":"\q"}"#),
        ("invalid_json", #"{"type":"ice","x":"# + String(repeating: "[", count: 128) + String(repeating: "]", count: 128) + "}"),
        ("missing_type", "{}"), ("missing_type", #"{"Type":"ice"}"#), ("missing_type", #"{"payload":{"type":"ice"}}"#),
        ("unknown_type", #"{"type":""}"#), ("unknown_type", #"{"type":"icy"}"#), ("unknown_type", #"{"type":"room_full"}"#),
        ("unknown_type", #"{"type":"deliver","seq":1,"payload":1}"#), ("unknown_type", #"{"type":"ice "}"#),
        ("unknown_type", #"{"type":"ice","type":"nonsense"}"#),
        ("invalid_field", #"{"type":1}"#), ("invalid_field", #"{"type":null}"#), ("invalid_field", #"{"type":["ice"]}"#),
        ("invalid_field", #"{"type":"send","payload":1}"#), ("invalid_field", #"{"type":"send","to":"C","payload":1}"#),
        ("invalid_field", #"{"type":"send","to":1,"payload":1}"#), ("invalid_field", #"{"type":"send","to":"A"}"#),
        ("invalid_field", #"{"type":"delivered"}"#), ("invalid_field", #"{"type":"delivered","seq":"1"}"#),
        ("invalid_field", #"{"type":"delivered","upTo":-1}"#), ("invalid_field", #"{"type":"delivered","seq":1.5}"#),
        ("invalid_field", #"{"type":"hello","deliveredUpTo":"1"}"#), ("invalid_field", #"{"type":"hello","deliveredUpTo":-1}"#),
        ("invalid_field", #"{"type":"telemetry"}"#), ("invalid_field", #"{"type":"telemetry","event":"ice-maybe"}"#),
        ("invalid_field", #"{"type":"telemetry","event":1}"#),
    ]

    /// One pair for all: that it survives every row is half of what is tested.
    @Test func everyRefusalHasItsCodeAndTheConnectionStays() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            for (code, text) in Self.rows {
                for opcode in [Opcode.text, .binary] {
                    try await a.send(ClientFrame(opcode, text: text))
                    let answer = try await a.nextText()
                    #expect(answer.isError(code), "\(text) was answered \(answer)")
                }
            }
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }

    /// In a text frame it would be a violation of the protocol; see ClosingTests.
    @Test func binaryThatIsNotUTF8IsNoJSON() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send(ClientFrame(.binary, Array(#"{"type":"ice","x":""#.utf8) + [0xFF, 0x22, 0x7D]))
            #expect(try await a.nextText().isError("invalid_json"))
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }

    @Test func nestingOf128Passes() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            let text = #"{"type":"ice","x":"# + String(repeating: "[", count: 127) + String(repeating: "]", count: 127) + "}"
            try await a.send(text)
            #expect(try await b.nextText() == text)
        }
    }
}
