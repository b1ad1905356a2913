import SignalingClientNIO
import Testing

@testable import SignalingClient

@Suite struct SixDigitsTests {
    private let vector = Vector(json: Vectors.all["sas"] ?? .null)

    private func machine(_ side: Side) throws -> SixDigits {
        let nonce = self.vector.bytes(side == .a ? "nonceA" : "nonceB")
        return try SixDigits(side: side, room: self.vector.text("appID"), crypto: SwiftCryptoPairing(), random: { _ in nonce })
    }

    private func description(_ kind: PairDescription.Kind) -> PairDescription {
        let prints = self.vector.text(kind == .offer ? "fingerprintsOfA" : "fingerprintsOfB")
        return PairDescription(kind: kind, sdp: "v=0\r\na=fingerprint:\(prints)\r\n", id: 1)
    }

    /// Both, after A's offer and B's answer; `answer` is what A gets in its stead.
    private func exchanged() throws -> (a: SixDigits, b: SixDigits, steps: [SixDigits.Step]) {
        var (a, b) = (try self.machine(.a), try self.machine(.b))
        let commitment = a.member(for: self.description(.offer))
        let offer = try #require(commitment)
        #expect(offer == self.vector.json["frames"]?["offer"]?["sas"])
        #expect(b.applied(self.description(.offer), in: ["type": "offer", "sas": offer]).isEmpty)
        let nonce = b.member(for: self.description(.answer))
        let answer = try #require(nonce)
        #expect(answer == self.vector.json["frames"]?["answer"]?["sas"])
        let steps = a.applied(self.description(.answer), in: ["type": "answer", "sas": answer])
        return (a, b, steps)
    }

    @Test func bothSidesHaveTheVectorsDigits() throws {
        var (a, b, steps) = try self.exchanged()
        let reveal = try #require(self.vector.json["frames"]?["reveal"])
        let digits = self.vector.text("digits")
        #expect(steps == [.send(reveal), .digits(digits)])
        #expect(b.received(reveal) == [.digits(digits)])
        #expect(a.digits == digits && b.digits == digits)
        #expect(b.received(reveal).isEmpty && b.connected().isEmpty)
        #expect(a.connected() == [.send(reveal)])
    }

    @Test func aNonceThatDoesNotFitEnds() throws {
        var (_, b, _) = try self.exchanged()
        #expect(b.received(["type": "sender_ready", "sas": ["v": 1, "nonce": "AAAAAAAAAAAAAAAAAAAAAA"]]) == [.end("protocol_error")])
        #expect(b.digits == nil)
        #expect(b.received(try #require(self.vector.json["frames"]?["reveal"])).isEmpty)
    }

    @Test func aNonceBeforeBsIsOutIsIgnored() throws {
        var b = try self.machine(.b)
        #expect(b.received(try #require(self.vector.json["frames"]?["reveal"])).isEmpty)
    }

    @Test func whatIsMissingStaysMissing() throws {
        var (a, b) = (try self.machine(.a), try self.machine(.b))
        _ = b.applied(self.description(.offer), in: ["type": "offer"])
        #expect(b.member(for: self.description(.answer)) == nil)
        let commitment = a.member(for: self.description(.offer))
        let offer = try #require(commitment)
        _ = b.applied(self.description(.offer), in: ["type": "offer", "sas": offer])
        #expect(b.member(for: self.description(.answer)) == nil)
        #expect(a.applied(self.description(.answer), in: ["type": "answer"]).isEmpty)
        #expect(a.digits == nil && a.connected().isEmpty)
    }

    @Test func lostFramesAreMadeUpFor() throws {
        var (a, b, _) = try self.exchanged()
        guard case .send(let nonce) = b.connected().first, case .send(let reveal) = a.received(nonce).first else {
            Issue.record("nothing was said again")
            return
        }
        #expect(b.received(reveal) == [.digits(self.vector.text("digits"))])
    }

    @Test func fingerprintsThatAnotherReaderMightUnderstandDifferently() {
        let value = Array(repeating: "ab", count: 32).joined(separator: ":")
        let read = "sha-256 \(value.uppercased())"
        #expect(fingerprints(in: "v=0\r\na=fingerprint:SHA-256 \(value)\r\na=fingerprint:sha-256 \(value.uppercased())\n") == read)
        for line in [
            "a=fingerprint:sha-1 AA", "a=fingerprint: sha-256 \(value)", "a=fingerprint:sha-256  \(value)",
            "a=Fingerprint:sha-256 \(value)",
            "b=fingerprint\u{301}", "a=fingerprint:sha-256 \(value):ab", "a=fingerprint:sha-256 \(value)\r", "x-FINGERPRINT",
        ] {
            #expect(fingerprints(in: "v=0\na=fingerprint:sha-256 \(value)\n\(line)") == nil, "\(line)")
        }
        #expect(fingerprints(in: "v=0\r\n") == nil)
    }
}
