import Testing

@testable import HTTPServer

@Suite struct EntityTagsTests {
    private func names(_ value: String) -> Bool {
        let bytes = Array(value.utf8)
        return EntityTags.list(0..<bytes.count, names: #""abc""#, in: bytes.span)
    }

    @Test(arguments: [
        #""abc""#, #"W/"abc""#, "*", #""x", "abc""#, #""x","abc","y""#, #" , "x" ,, W/"abc""#, #""a,b", "abc""#, #""x" "abc""#,
        "\"x\"\t,\"abc\"",
    ])
    func itIsAmongThem(value: String) { #expect(self.names(value)) }

    @Test(arguments: [
        "", ",", "abc", #""ABC""#, #""abcd""#, #""ab""#, #""abc"#, #"w/"abc""#, #"W/abc"#, "W/", "W", #""x, abc""#, "**", "*, *",
        #"x, "abc""#,
    ])
    func itIsNot(value: String) { #expect(!self.names(value)) }
}
