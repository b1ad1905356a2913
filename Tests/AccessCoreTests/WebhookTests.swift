import AccessCore
import NetworkAddresses
import SignalingTestKit
import Testing
import TimeKeeping

/// What a webhook is asked, and what its answers mean.
@Suite struct WebhookTests {
    @Test func theQuestion() {
        let asked = WebhookQuestion(action: .mint, client: .v4(0xC000_0201), origin: nil).body
        #expect(String(decoding: asked, as: UTF8.self) == #"{"action":"mint","client":"192.0.2.1","origin":null}"#)
        let origin = "https://a\"\\\u{1}.example"
        let fromPage = WebhookQuestion(action: .redeem, client: .v6(high: 0x2001_0db8 << 32, low: 1), origin: origin).body
        #expect(
            String(decoding: fromPage, as: UTF8.self)
                == #"{"action":"redeem","client":"2001:db8::1","origin":"https://a\u0022\u005c\u0001.example"}"#)
    }

    @Test(arguments: [
        (204, "", WebhookVerdict.admitted(nil, longestLife: nil)), (200, "", .admitted(nil, longestLife: nil)),
        (200, " \r\n", .admitted(nil, longestLife: nil)), (200, "{}", .admitted(nil, longestLife: nil)),
        (200, #"{"subject":"u\u00e91","more":[1]}"#, .admitted(AccessSubject(.webhook, "u\u{e9}1"), longestLife: nil)),
        (200, #"{"ttl":0.5,"subject":null}"#, .admitted(nil, longestLife: .milliseconds(500))),
        (200, #"{"ttl":1e300}"#, .admitted(nil, longestLife: .seconds(100_000_000))),
        (401, "anything", .refused(.unauthorized)), (403, "", .refused(.forbidden)),
    ])
    func anAnswer(status: Int, body: String, verdict: WebhookVerdict) {
        #expect(WebhookVerdict(status: status, body: Array(body.utf8)) == verdict)
    }

    @Test(arguments: [
        (200, "ok"), (200, "<!doctype html>"), (200, "[]"), (200, "{"), (200, #"{"ttl":0}"#), (200, #"{"ttl":-1}"#),
        (200, #"{"ttl":"60"}"#),
        (200, #"{"subject":1}"#), (200, #"{"subject":""}"#), (201, "{}"), (202, ""), (301, ""), (302, ""), (400, ""), (404, ""), (429, ""),
        (500, ""), (503, ""), (0, ""),
    ])
    func aLieLetsNobodyIn(status: Int, body: String) {
        guard case .unusable = WebhookVerdict(status: status, body: Array(body.utf8)) else {
            Issue.record("\(status) \(body) is taken for an answer")
            return
        }
    }

    @Test func bytesThatAreNoTextLetNobodyIn() {
        guard case .unusable = WebhookVerdict(status: 200, body: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) else {
            Issue.record("taken for an answer")
            return
        }
    }

    // MARK: - The line

    @Test func theRestWaitsAndComesInItsOrder() throws {
        var line = WebhookLine<Int, Int>(mostAsked: 2, mostWaiting: 3, mostOfClient: 10)
        let places = (0..<6).map { line.take($0, $0) }
        #expect(places == [.now, .now, .waits, .waits, .waits, .refused])
        let next = (0..<5).map { line.ended($0)?.item }
        #expect(next == [2, 3, 4, nil, nil])
        #expect(line.asked == 0 && line.waitingCount == 0)
        let place = line.take(9, 9)
        #expect(place == .now)
    }

    @Test func oneClientCannotHaveItAll() {
        var line = WebhookLine<String, Int>(mostAsked: 2, mostWaiting: 8, mostOfClient: 3)
        let places = (0..<4).map { line.take("greedy", $0) }
        #expect(places == [.now, .now, .waits, .refused])
        let other = line.take("other", 4)
        let next = line.ended("greedy")?.item
        #expect(other == .waits && next == 2)
        let more = [line.take("greedy", 5), line.take("greedy", 6)]
        #expect(more == [.waits, .refused])
    }

    /// In any order, against a plain model.
    @Test func whateverComesNothingIsLostOrDoubled() throws {
        var random = SplitMix64(seed: 7)
        var line = WebhookLine<Int, Int>(mostAsked: 3, mostWaiting: 5, mostOfClient: 4)
        var (asked, waiting): ([(client: Int, item: Int)], [(client: Int, item: Int)]) = ([], [])
        for item in 0..<5000 {
            if Bool.random(using: &random), !asked.isEmpty {
                let over = asked.remove(at: Int.random(in: 0..<asked.count, using: &random))
                let next = line.ended(over.client)
                let expected = waiting.isEmpty ? nil : waiting.removeFirst()
                #expect(next?.item == expected?.item && next?.client == expected?.client)
                if let expected { asked.append(expected) }
            } else {
                let client = Int.random(in: 0..<4, using: &random)
                let held = (asked + waiting).count { $0.client == client }
                switch line.take(client, item) {
                case .now:
                    #expect(held < 4 && asked.count < 3 && waiting.isEmpty)
                    asked.append((client, item))
                case .waits:
                    #expect(held < 4 && asked.count == 3 && waiting.count < 5)
                    waiting.append((client, item))
                case .refused: #expect(held == 4 || waiting.count == 5)
                }
            }
            #expect(line.asked == asked.count && line.waitingCount == waiting.count)
        }
    }
}
