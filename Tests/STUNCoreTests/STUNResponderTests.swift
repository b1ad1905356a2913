import NetworkAddresses
import STUNCore
import SignalingTestKit
import Testing
import TimeKeeping

@Suite struct STUNResponderTests {
    private let now = MonotonicTime(nanoseconds: 1)

    private func ask(_ responder: inout STUNResponder, _ bytes: [UInt8], port: UInt16 = 5000) -> (result: STUNResult, response: [UInt8]) {
        var response: [UInt8] = []
        let result = responder.answer(bytes.span.bytes, from: .v4(1), port: port, now: self.now, into: &response)
        return (result, response)
    }

    @Test func requestsAreAnsweredUpToTheLimit() {
        var responder = STUNResponder(limit: SourceLimiter(limit: 2, window: .seconds(1)))
        let results = (0..<3).map { _ in self.ask(&responder, STUNBytes.message()).result }
        #expect(results == [.answered, .answered, .limited])
    }

    @Test func whatIsNoRequestHasNoResponseAndCountsForNobody() {
        var responder = STUNResponder(limit: SourceLimiter(limit: 1, window: .seconds(1)))
        let (result, response) = self.ask(&responder, STUNBytes.message(type: 0x0101))
        #expect(result == .malformed && response.isEmpty)
        #expect(self.ask(&responder, STUNBytes.message(), port: 0).result == .malformed)
        #expect(self.ask(&responder, STUNBytes.message()).result == .answered)
    }

    /// Two servers that are made to talk to each other have nothing to say.
    @Test func noResponseHasAResponse() {
        var responder = STUNResponder(limit: SourceLimiter(limit: 0, window: .seconds(1)))
        for request in [STUNBytes.message(), STUNBytes.message([STUNBytes.attribute(0x0024)])] {
            let (result, response) = self.ask(&responder, request)
            #expect(result == .answered && self.ask(&responder, response).result == .malformed)
        }
    }

    /// Of random bytes, and of messages with any bytes changed, each is answered by what a client reads, or not at all.
    @Test func anyBytesAreAnsweredWellOrNotAtAll() {
        var responder = STUNResponder(limit: SourceLimiter(limit: 0, window: .seconds(1)))
        var random = SplitMix64(seed: 15)
        let whole = STUNBytes.fingerprinted(
            STUNBytes.message([STUNBytes.attribute(0x0024, [1]), STUNBytes.attribute(0x8022, [1, 2, 3, 4, 5])]))
        var counts: [STUNResult: Int] = [:]
        for _ in 0..<50_000 {
            var bytes = Bool.random(using: &random) ? whole : STUNBytes.message([STUNBytes.attribute(0x8022, [1, 2, 3, 4, 5])])
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...(.max), using: &random)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            let (result, response) = self.ask(&responder, bytes)
            counts[result, default: 0] += 1
            if result == .answered { #expect(STUNReply(response) != nil && response.count <= 2 * bytes.count) }
        }
        #expect(counts[.answered, default: 0] > 5000 && counts[.malformed, default: 0] > 5000)
    }
}
