import SignalingWire
import Testing

/// A frame's `seq` as written, read as a count.
private func count(_ value: String) throws -> Envelope.Field.Count {
    let bytes = Array(#"{"type":"delivered","seq":\#(value)}"#.utf8)
    return try EnvelopeScanner.scan(bytes.span)[.seq].count(in: bytes.span)
}

private func side(_ value: String) throws -> Side? {
    let bytes = Array(#"{"type":"send","to":\#(value)}"#.utf8)
    return try EnvelopeScanner.scan(bytes.span)[.to].side(in: bytes.span)
}

private func isConnected(_ value: String) throws -> Bool {
    let bytes = Array(#"{"type":"telemetry","event":\#(value)}"#.utf8)
    return try EnvelopeScanner.scan(bytes.span)[.event].isWord("ice-connected", in: bytes.span)
}

private func member(_ name: StaticString, of text: String) throws(JSONObject.Refusal) -> String? {
    let bytes = Array(text.utf8)
    let field = try JSONObject.member(name, of: bytes.span)
    return field.isPresent ? String(decoding: bytes[field.range], as: UTF8.self) : nil
}

@Suite struct EnvelopeFieldTests {
    @Test func countsAreWholeNumbers() throws {
        #expect(try count("0") == .value(0))
        #expect(try count("1000") == .value(1000))
        #expect(try count("9223372036854775808") == .value(9_223_372_036_854_775_808))
        for value in ["-0", "-1", "1.0", "1e3", "0.5", #""1""#, "true", "[1]", "{}"] { #expect(try count(value) == .invalid, "\(value)") }
        #expect(try count("null") == .absent)
    }

    /// A number past the end of a mailbox means its end, however long it is.
    @Test func countsSaturate() throws {
        #expect(try count("18446744073709551614") == .value(.max - 1))
        #expect(try count("18446744073709551615") == .value(.max))
        #expect(try count("18446744073709551616") == .value(.max))
        #expect(try count(String(repeating: "9", count: 5_000)) == .value(.max))
    }

    @Test func refsAreWhatEveryJavaScriptNumberIsExactFor() throws {
        func ref(_ value: String) throws -> Envelope.Field.Count {
            let bytes = Array(#"{"type":"send","ref":\#(value)}"#.utf8)
            return try EnvelopeScanner.scan(bytes.span)[.ref].ref(in: bytes.span)
        }
        #expect(try ref("1") == .value(1))
        #expect(try ref("9007199254740991") == .value(1 << 53 - 1))
        #expect(try ref("null") == .absent)
        for value in ["0", "9007199254740992", "18446744073709551616", "-1", "1.0", "1e3", #""1""#, "true", "[1]"] {
            #expect(try ref(value) == .invalid, "\(value)")
        }
    }

    @Test func aMailboxIsNamedByItsIDAlone() throws {
        func mailbox(_ value: String) throws -> NamedMailbox? {
            let bytes = Array(#"{"type":"hello","mailbox":\#(value)}"#.utf8)
            return try EnvelopeScanner.scan(bytes.span)[.mailbox].mailbox(in: bytes.span)
        }
        let id = MailboxID(0x00c0_ffee_0123_abcd)
        #expect(id.text == "00c0ffee0123abcd")
        #expect(try mailbox(#""00c0ffee0123abcd""#) == .named(id))
        #expect(try mailbox(#""00c0ffee0123\u0061bcd""#) == .named(id))
        #expect(try mailbox("null") == .unnamed)
        let longest = String(repeating: "0", count: 64)
        for text in ["", "0", "00C0FFEE0123ABCD", "00c0ffee0123abc", "00c0ffee0123abcd0", " 0c0ffee0123abcd", "00c0ffee0123abcg", longest] {
            #expect(try mailbox("\"\(text)\"") == .unknown, "\(text)")
        }
        for value in ["0", "true", "{}", "[]", "\"\(longest)0\"", #""é""#] { #expect(try mailbox(value) == nil, "\(value)") }
        for number in [0, 1, 0x8000_0000_0000_0000, .max] as [UInt64] {
            #expect(MailboxID(MailboxID(number).text.utf8) == MailboxID(number))
        }
    }

    @Test func sidesAreOneLetterInEitherCase() throws {
        for value in [#""A""#, #""a""#, #""\u0041""#, #""\u0061""#] { #expect(try side(value) == .a, "\(value)") }
        for value in [#""B""#, #""b""#, #""\u0042""#, #""\u0062""#] { #expect(try side(value) == .b, "\(value)") }
        for value in [#""""#, #""C""#, #""AB""#, #"" A""#, #""A\u0000""#, #""\uFF21""#, #""Á""#, "1", "null", #"["A"]"#] {
            #expect(try side(value) == nil, "\(value)")
        }
        #expect(Side.a.other == .b && Side.b.other == .a)
        #expect(Side(parameter: "A") == .a && Side(parameter: "B") == .b && Side(parameter: "a") == nil && Side(parameter: "") == nil)
    }

    @Test func wordsAreWholeAndWithoutRegardToCase() throws {
        for value in [#""ice-connected""#, #""ICE-Connected""#, #""ice\u002dconnected""#, #""\u0049ce-connected""#] {
            #expect(try isConnected(value), "\(value)")
        }
        for value in [#""ice-connecte""#, #""ice-connected ""#, #""ice_connected""#, #""ice\u002dconnecte\n""#, "1", "null"] {
            #expect(try !isConnected(value), "\(value)")
        }
    }

    @Test func charactersAreReadWithTheirEscapesUndone() throws {
        func characters(_ value: String, atMost limit: Int = 8) throws -> String? {
            let bytes = Array(#"{"code":\#(value)}"#.utf8)
            let field = try JSONObject.member("code", of: bytes.span)
            return field.characters(in: bytes.span, atMost: limit).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try characters(#""2802""#) == "2802")
        #expect(try characters(#""\u0032802""#) == "2802")
        #expect(try characters(#""\n\/\"\\""#) == "\n/\"\\")
        #expect(try characters(#""""#)?.isEmpty == true)
        #expect(try characters(#""28022802""#) == "28022802")
        #expect(try characters(#""28022802""#, atMost: 7) == nil)
        for value in ["2802", "null", #""２８０２""#, #""\uff12802""#, #"["2802"]"#] { #expect(try characters(value) == nil, "\(value)") }
    }

    @Test func blankIsWhatJSONCallsWhiteSpace() {
        func isBlank(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            return JSONObject.isBlank(bytes.span)
        }
        for text in ["", " ", "\r\n\t "] { #expect(isBlank(text), "\(text)") }
        for text in ["{}", "\u{0}", "\u{b}", " \u{a0}"] { #expect(!isBlank(text), "\(text)") }
    }

    @Test func anObjectsMemberIsFoundByItsNameAlone() throws {
        let text = #"{"code":1,"CODE":2,"a":{"code":3},"\u0063ode":"2802"}"#
        #expect(try member("code", of: text) == #""2802""#)
        #expect(try member("absent", of: text) == nil)
        #expect(throws: JSONObject.Refusal.notAnObject) { try member("code", of: "[1]") }
        #expect(throws: JSONObject.Refusal.invalid) { try member("code", of: "[1") }
        // A bad end is noticed though the member was found before it.
        #expect(throws: JSONObject.Refusal.invalid) { try member("code", of: #"{"code":1} 2"#) }
    }
}
