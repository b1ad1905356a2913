import SignalingWire
import Testing

/// Strings are looked through sixteen bytes at a time, and short words compared as one integer: each place within a step is tried.
@Suite struct StringScanTests {
    private func kind(_ text: [UInt8]) -> FrameKind? { try? EnvelopeScanner.scan(text.span).kind }

    @Test func whatEndsAStringIsSeenAtEveryPlace() {
        for length in 1...50 {
            for place in 0..<length {
                func frame(_ special: [UInt8]) -> [UInt8] {
                    var content = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    content.replaceSubrange(place...place, with: special)
                    return Array(#"{"type":"ice","c":""#.utf8) + content + Array(#""}"#.utf8)
                }
                // Plain to the eye of a string, however close to what is not.
                for byte: UInt8 in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                    #expect(self.kind(frame([byte])) == .ice, "\(byte) at \(place) of \(length)")
                }
                for byte: UInt8 in [0x00, 0x01, 0x1F, 0x22] {
                    #expect(self.kind(frame([byte])) == nil, "\(byte) at \(place) of \(length)")
                }
                #expect(self.kind(frame(Array(#"\""#.utf8))) == .ice, "an escape at \(place) of \(length)")
                #expect(self.kind(frame(Array(#"\q"#.utf8))) == nil, "no escape at \(place) of \(length)")
            }
        }
    }

    @Test func theFirstOfManyEndsTheString() {
        // The second quote of sixteen equal bytes must not be taken for the first.
        #expect(self.kind(Array(#"{"type":"ice","":"","":""}"#.utf8)) == .ice)
        #expect(self.kind(Array(#"{"type":"ice","c":"""""""""""""""""}"#.utf8)) == nil)
    }

    @Test func wordsAreComparedWhole() {
        for type in ["ice", "ICE", "iCe"] { #expect(self.kind(Array(#"{"type":"\#(type)"}"#.utf8)) == .ice) }
        for type in ["ic", "ice ", "ice\u{0}", " ice", "icee", "ice@@@@@", "iceiceice", "\u{49}\u{43}", ""] {
            #expect(self.kind(Array(#"{"type":"\#(type)"}"#.utf8)) != .ice, "\(type)")
        }
        // A letter's bit for lower case makes letters of these: @ and `, [ and {.
        #expect(self.kind(Array(#"{"type":"Of[er"}"#.utf8)) == .unknown)
        // Keys are told by their case, wherever in the text they stand.
        for key in ["Type", "typ", "type ", "types", "TYPE", "\\ttyp"] {
            #expect(self.kind(Array(#"{"\#(key)":"ice"}"#.utf8)) == nil, "\(key)")
        }
        #expect(self.kind(Array(#"{"x":1,"type":"ice"}"#.utf8)) == .ice)
        #expect((try? EnvelopeScanner.scan(Array(#"{"type":"send","to":1}"#.utf8).span))?[.to].isPresent == true)
    }
}
