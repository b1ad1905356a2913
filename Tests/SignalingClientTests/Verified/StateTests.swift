import SignalingClientNIO
import Testing

@testable import SignalingClient

/// The machine's tables of states, row by row.
@Suite struct VerifiedPairingStateTests {
    private static let room = "6f1f0a52-7a3c-4a51-9d0c-2f0e8f1b9c34"
    private static let words = Secret.words("crossword-clockwork")
    private static let link = Secret.link("q83vEjRWeJCrze8SNFZ4kA")
    private static let sdp = "v=0\r\na=fingerprint:sha-256 AA\r\n"
    private static let otherShare: JSONValue = "_V5ZtkkPjOQjaDHtCWQUpaEezg3FfVkHp2GCEHQm0no"
    private static let mismatch: [VerifiedPairing.Step] = [.send(PakeFrame.mismatch), .end("code_mismatch")]

    private func machine(_ side: Side, _ secrets: [Secret] = [Self.words], spent: SpentSecrets = SpentSecrets()) throws -> VerifiedPairing {
        try VerifiedPairing(
            side: side, room: Self.room, secrets: secrets, spent: spent, crypto: SwiftCryptoPairing(),
            random: { count in (0..<count).map { UInt8($0 * 7 + (side == .a ? 1 : 2)) } })
    }

    private func description(_ kind: PairDescription.Kind = .offer, id: Int = 1, sdp: String = Self.sdp) -> PairDescription {
        PairDescription(kind: kind, sdp: sdp, id: id)
    }

    private func share(_ machine: inout VerifiedPairing) throws -> JSONValue {
        guard case .send(let frame) = machine.connected().first else { throw CodeError(code: "no share") }
        return frame
    }

    private struct Pair {
        var a: VerifiedPairing
        var b: VerifiedPairing
        var share: JSONValue
        var offer: JSONValue
        var answer: JSONValue = .null
    }

    /// A is offered, B waits.
    private func begun(_ secretsOfA: [Secret] = [Self.words]) throws -> Pair {
        var (a, b) = (try self.machine(.a, secretsOfA), try self.machine(.b))
        _ = a.connected()
        let share = try self.share(&b)
        #expect(a.received(share) == [.offer])
        let offer = try a.seal(self.description())
        return Pair(a: a, b: b, share: share, offer: offer)
    }

    private func proved() throws -> Pair {
        var pair = try self.begun()
        #expect(pair.b.received(pair.offer) == [.proved, .apply(self.description())])
        pair.answer = try pair.b.seal(self.description(.answer))
        #expect(pair.a.received(pair.answer) == [.proved, .apply(self.description(.answer))])
        return pair
    }

    @Test func aAsksAndGivesUpAfter15Seconds() throws {
        var a = try self.machine(.a)
        #expect(a.connected() == [.start(.ask, after: .seconds(2)), .start(.unverified, after: .seconds(15))])
        for seconds in [4, 8, 16] { #expect(a.elapsed(.ask) == [.send(PakeFrame.ask), .start(.ask, after: .seconds(seconds))]) }
        #expect(a.elapsed(.unverified) == [.end("peer_unverified")])
        #expect(
            a.elapsed(.ask).isEmpty && a.elapsed(.unverified).isEmpty && a.connected().isEmpty && a.received(PakeFrame.mismatch).isEmpty)
    }

    @Test func onlyTheReturnOfTheOtherSideBeginsAnew() throws {
        var a = try self.machine(.a)
        _ = a.connected()
        #expect(a.connected().isEmpty)
        _ = a.elapsed(.ask)
        a.disconnected()
        #expect(a.elapsed(.ask).isEmpty && a.elapsed(.unverified).isEmpty)
        #expect(a.connected() == [.start(.ask, after: .seconds(2)), .start(.unverified, after: .seconds(15))])
        var pair = try self.begun()
        #expect(pair.a.elapsed(.ask).isEmpty && pair.a.elapsed(.unverified).isEmpty)
        #expect(pair.b.elapsed(.ask).isEmpty && pair.b.elapsed(.unverified).isEmpty)
    }

    @Test func bSaysItsShareEachTimeTheSame() throws {
        var b = try self.machine(.b)
        let share = try self.share(&b)
        #expect(b.connected() == [.send(share)])
        #expect(b.received(PakeFrame.ask) == [.send(share)])
        #expect(b.received(share).isEmpty)
        #expect(b.received(share.withPake(["share": Self.otherShare])).isEmpty)
    }

    @Test func aTakesWhicheverItShows() throws {
        for secret in [Self.words, Self.link] {
            var (a, b) = (try self.machine(.a, [Self.words, Self.link]), try self.machine(.b, [secret]))
            #expect(a.by == nil)
            #expect(a.received(try self.share(&b)) == [.offer])
            #expect(a.by == secret.kind)
            #expect(b.received(try a.seal(self.description())).first == .proved)
        }
        var (a, b) = (try self.machine(.a), try self.machine(.b, [Self.link]))
        #expect(a.received(try self.share(&b)) == Self.mismatch)
    }

    @Test func theOfferIsRepeatedSealedAnew() throws {
        var pair = try self.begun()
        #expect(pair.a.received(pair.share) == [.offer])
        #expect(pair.a.connected() == [.offer])
        let again = try pair.a.seal(self.description())
        #expect(again["pake"]?["n"] == 2)
        #expect(again["pake"]?["share"] == pair.offer["pake"]?["share"])
        #expect(pair.b.received(again) == [.proved, .apply(self.description())])
        #expect(pair.b.received(pair.offer).isEmpty)
    }

    @Test func anotherShareEndsA() throws {
        for change: [String: JSONValue?] in [["share": Self.otherShare], ["by": "link"]] {
            var pair = try self.begun([Self.words, Self.link])
            #expect(pair.a.received(pair.share.withPake(change)) == Self.mismatch)
            #expect(throws: VerifiedPairing.SealingError.self) { try pair.a.seal(self.description()) }
        }
        let share = try self.begun().offer["pake"]?["share"]
        var a = try self.machine(.a)
        #expect(a.received(["type": "sender_ready", "pake": ["v": 1, "by": "words", "share": share ?? .null]]) == Self.mismatch)
    }

    @Test func descriptionsBeforeBsShareEndA() throws {
        let pair = try self.proved()
        for frame in [pair.offer, pair.answer] {
            var (one, other) = (try self.machine(.a), try self.machine(.a))
            #expect(one.received(frame) == Self.mismatch)
            #expect(other.received(frame.with(["pake": .null])) == [.end("peer_unverified")])
        }
    }

    @Test func whatCannotBeOpenedEndsABeforeTheProof() throws {
        let answer = try self.proved().answer
        let changed: [JSONValue] = [
            answer.withPake(["n": 2]), answer.withPake(["n": 0]), answer.withPake(["n": .number(1.5)]), answer.withPake(["n": "1"]),
            answer.withPake(["n": .number(JSONValue.maxInteger + 1)]), answer.withPake(["mac": Self.otherShare]),
            answer.withPake(["mac": .null]),
            answer.with(["id": 2]), answer.with(["id": .some(nil)]), answer.with(["id": 0]), answer.with(["sdp": "v=0"]),
            answer.with(["sdp": [:]]),
            answer.with(["type": "offer"]),
        ]
        for frame in changed {
            var pair = try self.begun()
            #expect(pair.a.received(frame) == Self.mismatch, "\(frame)")
        }
        var pair = try self.begun()
        #expect(pair.a.received(answer.with(["pake": .some(nil)])) == [.end("peer_unverified")])
    }

    @Test func whatCannotBeOpenedEndsBAndThereIsNoSecondTry() throws {
        let zero: JSONValue = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        for change: [String: JSONValue?] in [
            ["share": Self.otherShare], ["share": 5], ["share": .null], ["share": zero], ["mac": Self.otherShare], ["n": 2], ["n": 0],
            ["mac": 5],
        ] {
            var pair = try self.begun()
            #expect(pair.b.received(pair.offer.withPake(change)) == Self.mismatch, "\(change)")
            #expect(pair.b.received(pair.offer).isEmpty && pair.b.connected().isEmpty)
        }
        var pair = try self.begun()
        #expect(pair.b.received(pair.offer.with(["type": "answer"])) == Self.mismatch)
        pair = try self.begun()
        #expect(pair.b.received(pair.offer.with(["pake": .null])) == [.end("peer_unverified")])
    }

    @Test func endAndOtherVersions() throws {
        for side in Side.allCases {
            var machine = try self.machine(side)
            #expect(machine.received(PakeFrame.mismatch) == [.end("code_mismatch")])
            for pake: JSONValue in [["v": 2], ["v": "1"], ["v": nil], [], "1", 1, true] {
                var (one, other) = (try self.machine(side), try self.machine(side))
                #expect(one.received(["type": "sender_ready", "pake": pake]) == [.end("protocol_error")])
                #expect(other.received(["type": "offer", "sdp": "v=0", "id": 1, "pake": pake]) == [.end("protocol_error")])
            }
        }
    }

    @Test func malformedSharesEndA() throws {
        for change: [String: JSONValue?] in [["share": .null], ["share": "AA"], ["by": 5], ["by": .null]] {
            let pair = try self.begun()
            for var a in [try self.machine(.a), pair.a] {
                #expect(a.received(pair.share.withPake(change)) == [.end("protocol_error")], "\(change)")
            }
        }
    }

    @Test func framesOfOthersLeadToNothing() throws {
        let pair = try self.proved()
        let frames: [JSONValue] = [
            ["type": "sender_ready"], ["type": "sender_ready", "pake": nil], ["type": "ice", "pake": ["v": 2]], [:], nil, ["type": 5],
            "offer", [],
        ]
        for frame in frames {
            for var machine in [try self.machine(.a), try self.machine(.b), try self.begun().a, pair.a, pair.b] {
                #expect(machine.received(frame).isEmpty, "\(frame)")
            }
        }
    }

    @Test func whatIsAppliedHasTheFramesTypeAndTheTextAlone() throws {
        var pair = try self.begun()
        let changed = pair.offer.with(["sdp": ["type": "rollback", "sdp": .string(Self.sdp), "other": 1], "type": "OFFER"])
        #expect(pair.b.received(changed) == [.proved, .apply(self.description())])
    }

    @Test func afterTheProofWhatCannotBeOpenedIsDropped() throws {
        for side in Side.allCases {
            let pair = try self.proved()
            var (one, other) = side == .a ? (pair.a, pair.b) : (pair.b, pair.a)
            let frame = try other.seal(self.description(id: 2))
            let wrong: [JSONValue] = [
                frame.withPake(["mac": Self.otherShare]), frame.withPake(["n": 9]), frame.withPake(["v": 2]), frame.with(["id": 3]),
                frame.with(["sdp": "v=0"]), frame.with(["type": "answer"]), frame.with(["pake": .null]),
                try one.seal(self.description(id: 2)),
            ]
            for (index, forged) in wrong.enumerated() { #expect(one.received(forged) == [.forged(index + 1)]) }
            for frame in [PakeFrame.ask, PakeFrame.mismatch, pair.share, pair.share.withPake(["v": 9])] {
                #expect(one.received(frame).isEmpty)
            }
            #expect(one.connected().isEmpty && one.elapsed(.unverified).isEmpty)
            #expect(one.received(frame) == [.apply(self.description(id: 2))])
        }
    }

    @Test func whatComesAgainOrLateIsDropped() throws {
        var pair = try self.proved()
        let frames = try (2...4).map { try pair.a.seal(self.description(id: $0)) }
        #expect(pair.b.received(frames[1]).count == 1)
        #expect(pair.b.received(frames[1]).isEmpty && pair.b.received(frames[0]).isEmpty && pair.b.received(pair.offer).isEmpty)
        #expect(pair.b.received(frames[2]).count == 1)
        #expect(pair.b.forged == 0)
        #expect(
            frames.allSatisfy { $0["pake"]?["share"] == nil } && pair.offer["pake"]?["share"] != nil && pair.answer["pake"]?["share"] == nil
        )
    }

    @Test func nothingIsSealedWithoutKeys() throws {
        for side in Side.allCases {
            var machine = try self.machine(side)
            #expect(throws: VerifiedPairing.SealingError.self) { try machine.seal(self.description()) }
        }
        var pair = try self.begun()
        #expect(throws: VerifiedPairing.SealingError.self) { try pair.a.seal(self.description(id: 0)) }
        #expect(throws: CodeError.self) {
            try VerifiedPairing(side: .a, room: "room", secrets: [Self.words], spent: SpentSecrets(), crypto: SwiftCryptoPairing())
        }
    }

    @Test func aSecretIsSpentOnceTheOtherSideHasAnswered() throws {
        let spent = SpentSecrets()
        let crypto = SwiftCryptoPairing()
        let offer = try self.begun().offer
        for frame in [offer.with(["pake": .null]), offer.withPake(["mac": "AA"]), offer.with(["type": "answer"])] {
            var b = try self.machine(.b, spent: spent)
            #expect(b.received(frame).last != nil)
            #expect(!spent.contains(Self.words, crypto))
        }
        var (one, other) = (try self.machine(.b, spent: spent), try self.machine(.b, spent: spent))
        #expect(one.received(offer.withPake(["mac": Self.otherShare])) == Self.mismatch)
        #expect(spent.contains(Self.words, crypto))
        #expect(other.received(offer) == [.end("code_gone")])
        #expect(throws: CodeError(code: "code_gone")) { try self.machine(.b, spent: spent) }
        _ = try self.machine(.b, [.link("crossword-clockwork")], spent: spent)
    }

    @Test func whatIsSpentIsNotKeptWithoutEnd() {
        let spent = SpentSecrets()
        let crypto = SwiftCryptoPairing()
        for number in 0..<SpentSecrets.capacity { _ = spent.spend(.words("\(number)"), crypto) }
        #expect(spent.contains(.words("0"), crypto))
        #expect(spent.spend(Self.words, crypto) && !spent.spend(Self.words, crypto))
        #expect(!spent.contains(.words("0"), crypto) && spent.contains(.words("1"), crypto))
    }
}
