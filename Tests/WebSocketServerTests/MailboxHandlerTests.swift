import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

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

    @Test func theMailboxIsToldBeforeItsItems() throws {
        let rig = ServerRig()
        let a = try rig.connect(.a, sid: "a")
        for number in 1...3 { try a.send(text: #"{"type":"send","to":"B","payload":\#(number)}"#) }
        let b = try rig.connect(.b, sid: "b")
        #expect(try b.received() == [.roomFull])
        // It claims to have two of what must have been another server's.
        try b.send(text: #"{"type":"hello","deliveredUpTo":2,"mailbox":"0000000000000000"}"#)
        var frames = try b.received()
        let id = try #require(frames.first?.mailboxID)
        #expect(frames.removeFirst() == .text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":0}"#))
        #expect(frames == (1...3).map { .item($0, "\($0)", "deliver") })
        b.drop()
        let again = try rig.connect(.b, sid: "b")
        try again.send(text: #"{"type":"hello","deliveredUpTo":2,"mailbox":"\#(id)"}"#)
        #expect(
            try again.received() == [.roomFull, .text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":2}"#), .item(3, "3", "deliver")])
        // One id for both sides, and none for who does not ask.
        _ = try a.received()
        try a.send(text: #"{"type":"hello","mailbox":""}"#)
        #expect(try a.received() == [.text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":0}"#)])
        try a.send(text: #"{"type":"hello","mailbox":null}"#)
        #expect(try a.received() == [])
    }

    @Test func aRoomThatIsMadeAnewHasAnotherMailbox() throws {
        let rig = ServerRig()
        var ids: Set<String> = []
        for _ in 0..<3 {
            let a = try rig.connect(.a)
            try a.send(text: #"{"type":"hello","mailbox":""}"#)
            ids.insert(try #require(try a.received().first?.mailboxID))
            // Nothing was stored, so the room is forgotten at once.
            a.drop()
        }
        #expect(ids.count == 3)
        let other = ServerRig()
        let a = try other.connect(.a)
        try a.send(text: #"{"type":"hello","mailbox":""}"#)
        #expect(!ids.contains(try #require(try a.received().first?.mailboxID)))
    }

    @Test func whatIsStoredIsAcceptedBeforeItIsDelivered() throws {
        let rig = ServerRig(messages: 3)
        let a = try rig.connect(.a, sid: "a")
        try a.send(text: #"{"type":"send","to":"A","payload":"note","ref":1}"#)
        #expect(try a.receivedTexts() == [#"{"type":"accepted","ref":1}"#, #"{"type":"deliver","seq":1,"payload":"note"}"#])
        for ref in 1...4 { try a.send(text: #"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        #expect(try a.receivedTexts() == (1...4).map { #"{"type":"accepted","ref":\#($0)}"# })
        try a.send(text: #"{"type":"send","to":"B","payload":5,"ref":5}"#)
        let refusals = try a.received()
        #expect(refusals.map(\.errorCode) == ["mailbox_full"] && refusals.map(\.errorRef) == [5])
        a.drop()
        // It heard of nothing that it sent, so it sends all of it again.
        let again = try rig.connect(.a, sid: "a")
        for ref in 1...4 { try again.send(text: #"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        #expect(try again.receivedTexts() == (1...4).map { #"{"type":"accepted","ref":\#($0)}"# })
        let b = try rig.connect(.b)
        try b.send(text: #"{"type":"hello"}"#)
        // The first ref was of a note to itself.
        #expect(try b.received() == [.roomFull] + (2...4).map { .item($0 - 1, "\($0)") })
    }

    /// Answers wait in the client's queue like anything else that it does not read.
    @Test func whoDoesNotReadItsAnswersIsNotReadFrom() throws {
        for frame in [#"{"type":"send","to":"B","payload":1,"ref":1}"#, #"{"type":"hello","mailbox":""}"#] {
            let rig = ServerRig()
            let a = try rig.connect(.a, sid: "a")
            a.setWritable(false)
            var asked = 0
            repeat {
                let reads = a.reads
                a.askToRead()
                guard a.reads > reads else { break }
                try a.send(text: frame)
                asked += 1
            } while asked < 10_000
            #expect(asked > 1_000 && asked < 10_000, "\(frame)")
            let reads = a.reads
            a.setWritable(true)
            #expect(try a.received().count == asked)
            #expect(a.reads == reads + 1)
        }
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
