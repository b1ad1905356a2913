import NIOCore
import SignalingCore
import SignalingWire
import Testing

/// The tokens of sides, and what they open.
@Suite struct SideTokenTests {
    private let tokens = SideTokens(key: Array(0..<32))
    private let room: RoomID

    init() throws { self.room = try #require(RoomID("6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34".utf8)) }

    /// The example of docs/protocol.md, computed with another HMAC.
    @Test(arguments: [(Side.a, "9WRKOUTkN-Oxnzs74zHOOA"), (.b, "Zp7R68rF0TqFb_uy0IkPDQ")])
    func aTokenIsWhatTheProtocolSays(side: Side, text: String) throws {
        let token = self.tokens.token(self.room, side)
        #expect(token.text == text)
        let again = try #require(read(text))
        #expect(again.matches(token))
    }

    /// With a subject, likewise.
    @Test(arguments: [(Side.a, "rEIBiw9wRFQ8XHb1uxoQ-9FqQzEB6f79"), (.b, "EIAeiwmQEXyq0CxcBqaOjNFqQzEB6f79")])
    func aTokenOfASubjectIsWhatTheProtocolSays(side: Side, text: String) throws {
        let subject = self.tokens.subject("key:alice")
        #expect(subject == 0xd16a_4331_01e9_fefd)
        let token = self.tokens.token(self.room, side, subject: subject)
        #expect(token.text == text)
        let again = try #require(read(text))
        #expect(again.matches(token) && again.subject == subject)
    }

    @Test func noOtherSubjectIsBelieved() throws {
        let subject = self.tokens.subject("key:alice")
        let token = self.tokens.token(self.room, .a, subject: subject)
        let access = SideAccess(tokens: self.tokens, rooms: .minted)
        #expect(access.verdict(on: token, room: self.room, side: .a) == .granted(hasToken: true, subject: subject))
        #expect(access.verdict(on: token, room: self.room, side: .b) == .refused)
        // Neither with another's name, nor without any.
        for position in 22..<32 {
            var text = Array(token.text.utf8)
            text[position] = text[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let changed = SideToken(text.span)
            #expect(changed != nil)
            #expect(access.verdict(on: changed, room: self.room, side: .a) == .refused)
        }
        #expect(!token.matches(self.tokens.token(self.room, .a)))
        let plain = self.tokens.token(self.room, .a).text + token.text.suffix(10)
        let joined = try #require(read(plain))
        #expect(access.verdict(on: joined, room: self.room, side: .a) == .refused)
        #expect(self.tokens.subject("jwt:alice") != subject && SideTokens(key: Array(1...32)).subject("key:alice") != subject)
    }

    @Test func everyTokenIsReadBack() throws {
        for number in UInt64(0)..<500 {
            let token = self.tokens.token(RoomID(high: number, low: ~number), number % 2 == 0 ? .a : .b)
            #expect(token.text.utf8.count == SideToken.length)
            let again = try #require(read(token.text))
            #expect(again.matches(token))
            let owned = self.tokens.token(RoomID(high: number, low: ~number), .a, subject: number &* 0x9e37_79b9_7f4a_7c15)
            #expect(owned.text.utf8.count == SideToken.longLength)
            let ownedAgain = try #require(read(owned.text))
            #expect(ownedAgain.matches(owned))
        }
    }

    @Test(arguments: [
        "", "9WRKOUTkN-Oxnzs74zHOO", "9WRKOUTkN-Oxnzs74zHOOAA", "9WRKOUTkN-Oxnzs74zHOOA==", "9WRKOUTkN+Oxnzs74zHOOA",
        // The same bytes in another spelling.
        "9WRKOUTkN-Oxnzs74zHOOB", "9WRKOUTkN-Oxnzs74zHOO\u{e4}", "rEIBiw9wRFQ8XHb1uxoQ-9FqQzEB6f7",
        "rEIBiw9wRFQ8XHb1uxoQ-9FqQzEB6f79A", "rEIBiw9wRFQ8XHb1uxoQ-9FqQzEB6f7+",
    ])
    func whatIsWrittenLikeNoTokenIsNone(text: String) { #expect(read(text) == nil) }

    @Test func aTokenIsForOneSideOfOneRoomUnderOneKey() {
        let token = self.tokens.token(self.room, .a)
        #expect(!token.matches(self.tokens.token(self.room, .b)))
        #expect(!token.matches(self.tokens.token(RoomID(high: self.room.high, low: self.room.low ^ 1), .a)))
        #expect(!token.matches(SideTokens(key: Array(1...32)).token(self.room, .a)))
        #expect(token.matches(SideTokens(key: Array(0..<32)).token(self.room, .a)))
    }

    @Test func whoMayAskForASide() {
        let right = self.tokens.token(self.room, .a)
        let wrong = self.tokens.token(self.room, .b)
        let any = SideAccess(tokens: self.tokens, rooms: .any)
        let minted = SideAccess(tokens: self.tokens, rooms: .minted)
        #expect(any.verdict(on: right, room: self.room, side: .a) == .granted(hasToken: true))
        #expect(any.verdict(on: nil, room: self.room, side: .a) == .granted(hasToken: false))
        #expect(any.verdict(on: wrong, room: self.room, side: .a) == .granted(hasToken: false))
        #expect(minted.verdict(on: right, room: self.room, side: .a) == .granted(hasToken: true))
        #expect(minted.verdict(on: nil, room: self.room, side: .a) == .refused)
        #expect(minted.verdict(on: wrong, room: self.room, side: .a) == .refused)
    }

    @Test func anAliasNamesARoomWithoutOpeningIt() {
        let name = RoomAlias(key: (1, 2)).text(self.room)
        #expect(name.utf8.count == 8 && name.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(RoomAlias(key: (1, 2)).text(self.room) == name)
        #expect(RoomAlias(key: (1, 2)).text(RoomID(high: self.room.high, low: self.room.low ^ 1)) != name)
        #expect(RoomAlias(key: (2, 1)).text(self.room) != name)
    }
}

private func read(_ text: String) -> SideToken? {
    let bytes = Array(text.utf8)
    return SideToken(bytes.span)
}
