import SignalingTestKit
import SignalingWire
import Testing

@Suite struct JSONArrayTests {
    private func elements(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        return JSONArray.elements(of: bytes.span)?.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test(arguments: [
        ("[]", []), (" [ ] ", []), ("[1]", ["1"]), (#"[1, "a,]" ,{"b":[2]},[],null]"#, ["1", #""a,]""#, #"{"b":[2]}"#, "[]", "null"]),
        ("\t[\n-1e5\r,true ]", ["-1e5", "true"]),
    ])
    func elementsAreFound(text: String, elements: [String]) { #expect(self.elements(text) == elements) }

    @Test(arguments: ["", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[1]x", "{}", "1", #""[]""#, "[tru]", "[[]", "null"])
    func whatIsNoArrayIsNone(text: String) { #expect(self.elements(text) == nil) }

    @Test func formsAreTold() {
        let bytes = Array(#"["s",-1,null,true,{},[]]"#.utf8)
        #expect(JSONArray.elements(of: bytes.span)?.map(\.form) == [.string, .number, .null, .other, .other, .other])
    }

    @Test func nestingIsBounded() {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(self.elements(nested(128)) != nil && self.elements(nested(129)) == nil)
        #expect(self.elements(nested(100_000)) == nil)
    }
}
