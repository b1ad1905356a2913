import Testing

@testable import HTTPServer

@Suite struct QueryStringTests {
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
        ] as [(String, String, QueryString.Value)])
    func aParameterIsFound(target: String, name: String, value: QueryString.Value) {
        #expect(QueryString(target: target)[name] == value)
    }
}
