import Testing

@testable import HTTPServer

@Suite struct QueryStringTests {
    enum Expected: Equatable, Sendable { case absent, text(String), malformed }

    @Test(
        arguments: [
            ("/ws?a=1&b=2", "a", .text("1")), ("/ws?a=1&b=2", "b", .text("2")), ("/ws?a=1", "b", .absent), ("/ws", "a", .absent),
            ("/ws?", "a", .absent), ("/ws?a", "a", .text("")), ("/ws?a=", "a", .text("")), ("/ws?a=1&a=2", "a", .text("1")),
            ("/ws?a=b=c", "a", .text("b=c")), ("/ws?a=1#a=2", "a", .text("1")), ("/ws?b=?&a=1", "a", .text("1")),
            ("/ws?&&a=1&", "a", .text("1")),
            ("/ws?a=x+y%20z", "a", .text("x y z")), ("/ws?a=%F0%9F%9A%80", "a", .text("🚀")), ("/ws?%61=1", "a", .text("1")),
            ("/ws?a=%26%3d%2B", "a", .text("&=+")), ("/ws?A=1", "a", .absent), ("/ws?a=%00", "a", .text("\u{0}")),
            ("/ws?a=%", "a", .malformed), ("/ws?a=%4", "a", .malformed), ("/ws?a=%zz", "a", .malformed), ("/ws?a=%ff", "a", .malformed),
            ("/ws?a=%c3%28", "a", .malformed), ("/ws?%zz=1&a=2", "a", .text("2")), ("/ws?a=%ed%a0%80", "a", .malformed),
            // A combining mark is no part of the separator before it.
            ("/ws?a=1&\u{301}b=2", "a", .text("1")), ("/ws?\u{301}b=1&a=2", "a", .text("2")), ("/ws?a=\u{301}1", "a", .text("\u{301}1")),
            ("/ws?a=1#\u{301}", "a", .text("1")),
            // A fragment's question mark begins no query.
            ("/ws#?a=1", "a", .absent), ("http://x?a=1", "a", .text("1")), ("http://x/ws?a=1&b=/?", "b", .text("/?")),
        ] as [(String, String, Expected)])
    func aParameterIsFound(target: String, name: String, expected: Expected) {
        let bytes = Array(target.utf8)
        let value = QueryString(bytes.span, target: 0..<bytes.count).value(of: name == "a" ? "a" : "b", in: bytes.span)
        switch value {
        case .absent: #expect(expected == .absent)
        case .plain(let range): #expect(expected == .text(String(decoding: bytes[range], as: UTF8.self)))
        case .decoded(let text): #expect(expected == .text(String(decoding: text, as: UTF8.self)))
        case .malformed: #expect(expected == .malformed)
        }
    }
}
