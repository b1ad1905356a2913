import ByteScan
import SignalingTestKit
import SignalingWire
import Testing

/// The scanner's answer with the fields as text, so that expectations read like the frames.
private func scan(_ bytes: [UInt8]) -> Result<(kind: FrameKind, fields: [String: String]), EnvelopeRefusal> {
    do throws(EnvelopeRefusal) {
        let envelope = try EnvelopeScanner.scan(bytes.span)
        let present = Envelope.Member.allCases.filter { envelope[$0].isPresent }.map { member in
            (member.name, String(decoding: bytes[envelope[member].range], as: UTF8.self))
        }
        return .success((envelope.kind, Dictionary(uniqueKeysWithValues: present)))
    } catch {
        return .failure(error)
    }
}

private func refusal(_ text: String) -> EnvelopeRefusal? {
    guard case .failure(let refusal) = scan(Array(text.utf8)) else { return nil }
    return refusal
}

@Suite struct EnvelopeScannerTests {
    @Test(arguments: try WireFixtures.clientFrames())
    func takesGoldenFrames(_ fixture: WireFixtures.ClientFrame) throws {
        let (kind, fields) = try scan(Array(fixture.text.utf8)).get()
        #expect(kind.name == fixture.kind)
        #expect(fields == fixture.fields)
    }

    @Test(arguments: try WireFixtures.refusedFrames())
    func refusesGoldenFrames(_ fixture: WireFixtures.RefusedFrame) throws {
        guard fixture.isUTF8 else {
            let isUTF8 = UTF8Validator.isWhole(fixture.bytes.span)
            #expect(!isUTF8)
            return
        }
        switch scan(fixture.bytes) {
        case .failure(let refusal):
            #expect(refusal.code.rawValue == fixture.code)
            #expect(!fixture.isEnvelope)
        case .success(let (kind, _)):
            #expect(fixture.isEnvelope)
            #expect((kind == .unknown) == (fixture.code == "unknown_type"))
        }
    }

    @Test func goldenFramesCoverEveryKindAndEveryRefusal() throws {
        let kinds = Set(try WireFixtures.clientFrames().map(\.kind))
        #expect(kinds == Set(FrameKind.allCases.filter { $0 != .unknown }.map(\.name)))
        let codes = Set(try WireFixtures.refusedFrames().map(\.code))
        #expect(codes == ["invalid_json", "missing_type", "invalid_field", "unknown_type"])
    }

    /// A frame that is cut anywhere is no frame, whatever may follow in the next one.
    @Test(arguments: try WireFixtures.clientFrames())
    func refusesEveryTruncation(_ fixture: WireFixtures.ClientFrame) throws {
        let bytes = Array(fixture.text.utf8)
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
        for length in 0...end {
            let cut = Array(bytes.prefix(length))
            guard case .failure(.invalidJSON) = scan(cut) else {
                Issue.record("taken when cut at \(length): \(String(decoding: cut, as: UTF8.self))")
                return
            }
        }
    }

    @Test func depthIsCountedFromTheFrameItself() {
        func nested(_ depth: Int) -> String {
            let inner = depth - 1
            return #"{"type":"ice","cand":"# + String(repeating: "[", count: inner) + String(repeating: "]", count: inner) + "}"
        }
        #expect(refusal(nested(128)) == nil)
        #expect(refusal(nested(129)) == .invalidJSON)
        // Far beyond: refused long before recursion could use up a stack.
        #expect(refusal(nested(500_000)) == .invalidJSON)
        #expect(refusal(String(repeating: "[", count: 1_000_000)) == .invalidJSON)
    }

    @Test func everyControlCharacterMustBeEscaped() {
        for byte in UInt8(0)..<0x20 {
            for padding in 0..<9 {
                let pad = String(repeating: "a", count: padding)
                var bytes = Array(#"{"type":"ice","cand":"\#(pad)?bcdefghij"}"#.utf8)
                guard let place = bytes.firstIndex(of: UInt8(ascii: "?")) else { return }
                #expect((try? scan(bytes).get()) != nil)
                bytes[place] = byte
                #expect((try? scan(bytes).get()) == nil, "U+00\(byte) after \(padding)")
            }
        }
    }

    /// Quotes, backslashes and bytes with the top bit set, at every offset from the eight-byte steps the scanner takes.
    @Test func stringsEndWhereTheyEndWhateverTheirAlignment() throws {
        for length in 0..<40 {
            for filler in ["a", "é", "\u{FFFF}", "!", "#", "[", "]"] {
                let content = String(repeating: filler, count: length)
                for escape in ["", #"\""#, #"\\"#, #"\u00e9"#] {
                    let text = #"{"type":"send","payload":"\#(content)\#(escape)","to":"A"}"#
                    let (kind, fields) = try scan(Array(text.utf8)).get()
                    #expect(kind == .send)
                    #expect(fields == ["payload": #""\#(content)\#(escape)""#, "to": #""A""#])
                }
            }
        }
    }

    @Test func typesAreWholeWords() {
        for kind in FrameKind.allCases where kind != .unknown {
            for type in [kind.name, kind.name.uppercased()] {
                #expect((try? scan(Array(#"{"type":"\#(type)"}"#.utf8)).get())?.kind == kind)
            }
            for type in [String(kind.name.dropLast()), kind.name + "s", " " + kind.name, kind.name + #"\u0000"#] {
                #expect((try? scan(Array(#"{"type":"\#(type)"}"#.utf8)).get())?.kind == .unknown, "\(type)")
            }
        }
    }

    /// Whichever there are, each has a place of its own, and is found however its key is spelled.
    @Test(arguments: [false, true]) func everyMemberIsFound(isEscaped: Bool) throws {
        let members = Envelope.Member.allCases
        func spelled(_ key: String) -> String {
            isEscaped ? key.unicodeScalars.map { #"\u00\#(String($0.value, radix: 16))"# }.joined() : key
        }
        let pairs = zip(members, 100...).map { #""\#(spelled("\($0)"))":\#($1)"# }
        let bytes = Array(#"{\#(pairs.joined(separator: ",")),"\#(spelled("type"))":"send"}"#.utf8)
        let envelope = try EnvelopeScanner.scan(bytes.span)
        #expect(envelope.kind == .send)
        for (member, value) in zip(members, 100...) {
            #expect(envelope[member].count(in: bytes.span) == .value(UInt64(value)), "\(member)")
            #expect(member.name == "\(member)")
        }
    }

    @Test(arguments: ["typ", "types", "Type", " type", #"type\u0000"#, #"\u0000type"#, #"t\u0079pes"#, "typetypetypetypetype", "", "типы"])
    func keysAreWholeWords(_ key: String) {
        #expect(refusal(#"{"\#(key)":"ice"}"#) == .missingType)
    }

    @Test func refusalsNameTheirErrorCode() {
        #expect(refusal("[]") == .notAnObject)
        #expect(refusal("{}") == .missingType)
        #expect(refusal(#"{"type":null}"#) == .typeNotAString)
        #expect(EnvelopeRefusal.notAnObject.code == .invalidJSON)
        #expect(EnvelopeRefusal.invalidJSON.code == .invalidJSON)
        #expect(EnvelopeRefusal.missingType.code == .missingType)
        #expect(EnvelopeRefusal.typeNotAString.code == .invalidField)
    }

    /// Random damage to good frames: the scanner takes what a second, plainer reader takes, and nothing else.
    @Test func agreesWithAPlainReaderOnDamagedFrames() throws {
        var random = SplitMix64(seed: 7)
        let frames = try WireFixtures.clientFrames().map { Array($0.text.utf8) }.filter { $0.count < 200 }
        let bytes = Array(#"{}[]",:\/ntu0123456789.eE+-tfrue nasl"#.utf8)
        var taken = 0
        for _ in 0..<3_000 {
            guard var frame = frames.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<frame.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: frame[place] = bytes.randomElement(using: &random) ?? 0
                case 1: frame.insert(bytes.randomElement(using: &random) ?? 0, at: place)
                default: frame.remove(at: place)
                }
            }
            guard String(validating: frame, as: UTF8.self) != nil else { continue }
            let isTaken: Bool
            if case .failure(.invalidJSON) = scan(frame) { isTaken = false } else { isTaken = true }
            if isTaken { taken += 1 }
            guard isTaken == (PlainJSON(frame) != nil) else {
                Issue.record("scanner: \(isTaken), plain reader: \(!isTaken): \(String(decoding: frame, as: UTF8.self))")
                return
            }
        }
        // Both outcomes were met often.
        #expect(taken > 300 && taken < 2_700)
    }
}
