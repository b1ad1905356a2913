import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing

@Suite struct MailboxHandlerTests {
    @Test func payloadsArriveAsTheyWereWritten() throws {
        let rig = ServerRig()
        let (a, b) = try rig.pair()
        let sides = [#""B""#, #""b""#, #""\u0042""#]
        let items = try WireFixtures.clientFrames().filter { $0.kind == "send" && sides.contains($0.fields["to"] ?? "") }
        #expect(items.count >= 5)
        for (index, fixture) in items.enumerated() {
            try a.send(text: fixture.text)
            #expect(try b.received() == [.item(index + 1, fixture.fields["payload"] ?? "")], "\(fixture.name)")
        }
    }

    @Test func aBacklogWaitsForHelloAndComesAgainUntilItIsAcknowledged() throws {
        let rig = ServerRig()
        let a = try rig.connect(.a)
        for number in 1...3 { try a.send(text: #"{"type":"send","to":"B","payload":\#(number)}"#) }
        let first = try rig.connect(.b)
        #expect(try first.received() == [.roomFull])
        try first.send(text: #"{"type":"hello","deliveredUpTo":1}"#)
        #expect(try first.received() == [.item(2, "2"), .item(3, "3")])
        try first.send(text: #"{"type":"delivered","seq":2}"#)
        first.drop()
        let second = try rig.connect(.b, sid: "s")
        try second.send(text: #"{"type":"hello","sessionId":"s","deliveredUpTo":0}"#)
        #expect(try second.received() == [.roomFull, .item(3, "3", "deliver")])
        try second.send(text: #"{"type":"delivered","upTo":99}"#)
        try a.send(text: #"{"type":"send","to":"b","payload":4}"#)
        #expect(try second.received() == [.item(4, "4", "deliver")])
    }

    @Test func itemsOutliveBothConnections() throws {
        let rig = ServerRig()
        let a = try rig.connect(.a)
        try a.send(text: #"{"type":"send","to":"B","payload":"kept"}"#)
        a.drop()
        rig.advance(by: .seconds(30))
        let b = try rig.connect(.b, sid: "")
        try b.send(text: #"{"type":"hello"}"#)
        #expect(try b.received() == [.item(1, "\"kept\"", "deliver")])
    }

    @Test func aFullMailboxIsTold() throws {
        let rig = ServerRig(messages: 2, bytes: 10)
        let (a, b) = try rig.pair()
        try a.send(text: #"{"type":"send","to":"B","payload":"12345678"}"#)
        try a.send(text: #"{"type":"send","to":"B","payload":1}"#)
        #expect(try a.received().map(\.errorCode) == ["mailbox_full"])
        try b.send(text: #"{"type":"delivered","seq":1}"#)
        try a.send(text: #"{"type":"send","to":"B","payload":1}"#)
        #expect(try a.received() == [])
        #expect(try b.received() == [.item(1, "\"12345678\""), .item(2, "1")])
    }

    /// Between the two fields, `upTo` is the one that is meant.
    @Test func deliveredTakesEitherName() throws {
        let rig = ServerRig()
        let (a, b) = try rig.pair()
        for _ in 0..<4 { try a.send(text: #"{"type":"send","to":"B","payload":0}"#) }
        try b.send(text: #"{"type":"delivered","seq":1,"upTo":null}"#)
        #expect(rig.hub.rooms.totals.snapshot.mailboxMessages == 3)
        try b.send(text: #"{"type":"delivered","seq":4,"upTo":2}"#)
        #expect(rig.hub.rooms.totals.snapshot.mailboxMessages == 2)
        #expect(try b.received().allSatisfy { $0.errorCode == nil })
    }
}
