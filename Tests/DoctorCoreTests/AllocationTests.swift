import DoctorCore
import NetworkAddresses
import SignalingTestKit
import Testing

@Suite struct AllocationTests {
    private static let relayed = STUNBytes.attribute(0x0016, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43])
    private static let realm = STUNBytes.attribute(0x0014, Array("turn.example".utf8))

    private static func error(_ code: UInt8, _ words: String = "") -> [UInt8] {
        STUNBytes.attribute(0x0009, [0, 0, 4, code] + Array(words.utf8))
    }

    private static func nonce(_ text: String) -> [UInt8] { STUNBytes.attribute(0x0015, Array(text.utf8)) }

    /// A TURN server, as far as it responds to whoever allocates.
    private struct Rig {
        var allocation = Allocation(username: "1:x", password: "secret", seed: (1, 2))
        var sent: [UInt8]

        init() { self.sent = self.allocation.begin() }

        mutating func respond(_ type: UInt16, _ attributes: [[UInt8]]) throws -> Allocation.Step {
            let bytes = STUNBytes.message(type: type, transaction: Array(self.sent[8..<20]), attributes)
            let step = self.allocation.receive(try #require(STUNMessage(bytes)))
            if case .send(let next) = step { self.sent = next }
            return step
        }

        func asked() throws -> STUNMessage { try #require(STUNMessage(self.sent)) }
    }

    @Test func anAddressIsAllocatedAndGivenBack() throws {
        var rig = Rig()
        let first = try rig.asked()
        #expect(first.type == 0x0003 && first[0x0019] == [17, 0, 0, 0] && first[0x0006] == nil)
        _ = try rig.respond(0x0113, [Self.error(1), Self.realm, Self.nonce("n1")])
        let second = try rig.asked()
        #expect(second.type == 0x0003 && second.text(0x0006) == "1:x" && second.text(0x0014) == "turn.example")
        #expect(second.text(0x0015) == "n1" && second[0x0008]?.count == 20 && second.transaction != first.transaction)
        // The relayed address is masked with nothing of the transaction, as it is IPv4.
        #expect(try rig.respond(0x0103, [Self.relayed]) == .send(rig.sent))
        let refresh = try rig.asked()
        #expect(refresh.type == 0x0004 && refresh[0x000d] == [0, 0, 0, 0] && refresh[0x0008]?.count == 20)
        let outcome = RelayOutcome.relayed(.v4(0xc000_0201), seenAs: nil)
        #expect(rig.allocation.allocated == outcome)
        #expect(try rig.respond(0x0104, []) == .over(outcome))
    }

    @Test func aSecondChallengeMeansThatTheCredentialIsWrong() throws {
        var rig = Rig()
        _ = try rig.respond(0x0113, [Self.error(1), Self.realm, Self.nonce("n1")])
        let step = try rig.respond(0x0113, [Self.error(1, "Unauthorized"), Self.realm, Self.nonce("n2")])
        #expect(step == .over(.rejected(code: 401, reason: "Unauthorized")))
    }

    @Test func aStaleNonceIsFollowedAFewTimes() throws {
        var rig = Rig()
        _ = try rig.respond(0x0113, [Self.error(1), Self.realm, Self.nonce("n1")])
        for number in 2...3 {
            _ = try rig.respond(0x0113, [Self.error(38), Self.realm, Self.nonce("n\(number)")])
            #expect(try rig.asked().text(0x0015) == "n\(number)")
        }
        #expect(try rig.respond(0x0113, [Self.error(38), Self.realm, Self.nonce("n4")]) == .over(.rejected(code: 438, reason: "")))
    }

    @Test func whatIsNoResponseToTheLastRequestIsIgnored() throws {
        var rig = Rig()
        let stranger = try #require(STUNMessage(STUNBytes.message(type: 0x0103, [Self.relayed])))
        #expect(rig.allocation.receive(stranger) == .ignored)
        #expect(try rig.respond(0x0017, []) == .ignored)
    }

    @Test func aServerThatAsksForNothingIsTakenAsItIs() throws {
        var rig = Rig()
        #expect(try rig.respond(0x0103, [Self.relayed]) == .over(.relayed(.v4(0xc000_0201), seenAs: nil)))
    }

    @Test(arguments: [
        [error(1)], [error(1), realm], [], [error(86, "quota")],
    ])
    func aRefusalWithoutAChallengeIsTheEnd(attributes: [[UInt8]]) throws {
        var rig = Rig()
        guard case .over(.rejected) = try rig.respond(0x0113, attributes) else {
            Issue.record("goes on")
            return
        }
    }

    /// Nothing that a server says is too long for the length of a message.
    @Test func anOverlongRealmIsTheEnd() throws {
        var rig = Rig()
        let long = STUNBytes.attribute(0x0014, [UInt8](repeating: 65, count: 60_000))
        #expect(try rig.respond(0x0113, [Self.error(1), long, Self.nonce("n1")]) == .over(.rejected(code: 401, reason: "")))
    }

    @Test func aMappingIsRead() throws {
        var mapping = Mapping(seed: (3, 4))
        let request = mapping.begin()
        let own = Array(request[8..<20])
        let address = STUNBytes.attribute(0x0020, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43])
        func receive(_ type: UInt16, _ transaction: [UInt8], _ attributes: [[UInt8]]) throws -> MappingOutcome? {
            mapping.receive(try #require(STUNMessage(STUNBytes.message(type: type, transaction: transaction, attributes))))
        }
        #expect(try receive(0x0101, STUNBytes.transaction, [address]) == nil)
        #expect(try receive(0x0101, own, [address]) == .mapped(.v4(0xc000_0201)))
        #expect(try receive(0x0111, own, [Self.error(20)]) == .rejected("420 "))
        #expect(try receive(0x0101, own, []) == .rejected("a response without an address"))
    }
}
