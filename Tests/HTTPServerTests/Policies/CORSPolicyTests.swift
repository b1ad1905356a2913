import Testing

@testable import HTTPServer

/// Who may. What pages are told of it is in `ResponseBytesTests`.
@Suite struct CORSPolicyTests {
    private let listed = CORSPolicy(
        dev: false, allowed: ["https://App.example/", "http://localhost:5173", "Tool.example", "Kiosk.example", "[2001:db8::1]"])

    @Test(arguments: [
        ("https://app.example", true), ("HTTPS://APP.EXAMPLE", true), ("http://app.example", false), ("https://app.example:443", false),
        ("http://localhost:5173", true), ("http://localhost:5174", false), ("http://localhost", false),
        ("https://tool.example", true), ("http://tool.example:99", true), ("app://tool.example", true), ("https://a.tool.example", false),
        ("https://tool.example.a", false), ("https://a@tool.example", false), ("https://tool.example/path", false),
        ("http://[2001:db8::1]", true), ("http://[2001:db8::1]:80", true), ("http://[2001:db8::2]", false), ("http://[2001:db8::1", false),
        ("null", false), ("", false), ("https://", false), ("://tool.example", true), ("tool.example", false), ("*", false),
        ("http://tool.example:", false), ("http://tool.example:80a", false), ("http://tool.example:x@a.example", false),
        ("http://[2001:db8::1]a", false), ("http://[2001:db8::1]:80a", false),
        // A combining mark makes one Character with the separator before it, and is refused all the same.
        ("http://tool.example:\u{301}80", false), ("http://tool.example:x@\u{301}a.example", false),
        ("http://tool.example:x/\u{301}", false), ("http:/\u{301}/tool.example", false),
        // U+212A, which Unicode counts as a K, is no letter of a host's name.
        ("https://KIOSK.example", true), ("https://\u{212A}iosk.example", false),
    ])
    func aListDecides(origin: String, isAllowed: Bool) {
        #expect(self.listed.allows(origin) == isAllowed)
        #expect(self.listed.permission(for: origin) == (isAllowed ? .only(origin) : .refused))
        let preflight = self.listed.preflight(for: origin, methods: "POST, OPTIONS")
        #expect(preflight.status == .noContent)
        #expect(preflight.fields.contains { $0.name == "Access-Control-Allow-Methods" } == isAllowed)
    }

    @Test func anEmptyListAllowsNoPage() {
        let policy = CORSPolicy(dev: false, allowed: [])
        #expect(!policy.allows("https://app.example"))
        #expect(policy.allows(nil))
        #expect(policy.permission(for: nil) == .notAsked)
    }

    @Test func inDevelopmentEveryPageMay() {
        let policy = CORSPolicy(dev: true, allowed: ["https://app.example"])
        #expect(policy.allows("null"))
        #expect(policy.permission(for: "https://x.example") == .all)
        #expect(policy.permission(for: nil) == .notAsked)
    }

    @Test func withoutAnOriginAPreflightIsOnlyToldTheMethods() {
        #expect(self.listed.preflight(for: nil, methods: "GET, OPTIONS").fields == [.init("Allow", "GET, OPTIONS")])
    }
}
