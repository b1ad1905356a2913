import Testing

@testable import SignalingClient

@Suite struct VectorTests {
    @Test(arguments: Vectors.pairings) func framesOf(vector: Vector) throws {
        var sides: [Side: VerifiedPairing] = [.a: try vector.machine(.a), .b: try vector.machine(.b)]
        let frames = vector.json["frames"].list
        #expect(sides[.a]?.connected() == [.start(.ask, after: .seconds(2)), .start(.unverified, after: .seconds(15))])
        #expect(sides[.b]?.connected() == [.send(try #require(frames.first?["frame"]))])
        for (index, entry) in frames.enumerated() {
            let frame = try #require(entry["frame"])
            let from = try #require(Side(rawValue: entry["from"]?.string ?? ""))
            if index == 0 {
                #expect(sides[from.other]?.received(frame) == [.offer])
                continue
            }
            let kind = try #require(PairDescription.Kind(rawValue: frame["type"]?.string ?? ""))
            let description = PairDescription(kind: kind, sdp: frame.descriptionText, id: try #require(frame["id"]?.integer))
            let isFirst = sides[from.other]?.isProved == false
            #expect(
                try sides[from]?.seal(description)
                    == frame.with(["sdp": ["type": .string(kind.rawValue), "sdp": .string(description.sdp)]]))
            #expect(sides[from.other]?.received(frame) == (isFirst ? [.proved] : []) + [.apply(description)])
        }
        #expect(sides.values.allSatisfy { $0.isProved && $0.by == vector.secret.kind })
    }

    @Test func thereAreVectors() {
        #expect(Vectors.pairings.count == 4)
        #expect(Vectors.negatives.count == 33)
    }

    @Test(arguments: Vectors.negatives) func refuses(negative: Vector) throws {
        let vector = try #require(Vectors.pairings.first { $0.text("name") == negative.text("vector") })
        let side = try #require(Side(rawValue: negative.text("side")))
        var machine = try vector.machine(side, room: negative.json["appIDOfB"]?.string, secret: negative.json["secretOfB"]?.string)
        _ = machine.connected()
        let hears = negative.json["hears"].list
        for frame in hears.dropLast() {
            let steps = machine.received(frame)
            #expect(!steps.contains { if case .end = $0 { true } else { false } })
        }
        let steps = machine.received(try #require(hears.last))
        if negative.json["expect"]?["do"] == "nothing" {
            #expect(steps.allSatisfy { if case .forged = $0 { true } else { false } })
            #expect(machine.isProved)
        } else {
            let code = try #require(negative.json["expect"]?["error"]?.string)
            #expect(steps == (code == "code_mismatch" ? [.send(PakeFrame.mismatch)] : []) + [.end(ClientError.Code(rawValue: code))])
            #expect(machine.state == .ended)
        }
    }
}
