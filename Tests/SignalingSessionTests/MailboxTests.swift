import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping

@Suite struct MailboxTests {
    @Test func payloadsArriveAsTheyWereWritten() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        let sides = [#""B""#, #""b""#, #""\u0042""#]
        let items = try WireFixtures.clientFrames().filter { $0.kind == "send" && sides.contains($0.fields["to"] ?? "") }
        #expect(items.count >= 5)
        for (index, fixture) in items.enumerated() {
            a.send(text: fixture.text)
            #expect(try b.received() == [.item(index + 1, fixture.fields["payload"] ?? "")], "\(fixture.name)")
        }
    }

    @Test func aBacklogWaitsForHelloAndComesAgainUntilItIsAcknowledged() throws {
        let rig = SessionRig()
        let a = rig.connect(.a)
        for number in 1...3 { a.send(text: #"{"type":"send","to":"B","payload":\#(number)}"#) }
        let first = rig.connect(.b)
        #expect(try first.received() == [.roomFull])
        first.send(text: #"{"type":"hello","deliveredUpTo":1}"#)
        #expect(try first.received() == [.item(2, "2"), .item(3, "3")])
        first.send(text: #"{"type":"delivered","seq":2}"#)
        first.drop()
        let second = rig.connect(.b, sid: "s")
        second.send(text: #"{"type":"hello","sessionId":"s","deliveredUpTo":0}"#)
        #expect(try second.received() == [.roomFull, .item(3, "3", "deliver")])
        second.send(text: #"{"type":"delivered","upTo":99}"#)
        a.send(text: #"{"type":"send","to":"b","payload":4}"#)
        #expect(try second.received() == [.item(4, "4", "deliver")])
    }

    @Test func itemsOutliveBothConnections() throws {
        let rig = SessionRig()
        let a = rig.connect(.a)
        a.send(text: #"{"type":"send","to":"B","payload":"kept"}"#)
        a.drop()
        rig.advance(by: .seconds(30))
        let b = rig.connect(.b, sid: "")
        b.send(text: #"{"type":"hello"}"#)
        #expect(try b.received() == [.item(1, "\"kept\"", "deliver")])
    }

    @Test func aFullMailboxIsTold() throws {
        let rig = SessionRig { $0.mailbox = .init(messages: 2, bytes: 10) }
        let (a, b) = try rig.pair()
        a.send(text: #"{"type":"send","to":"B","payload":"12345678"}"#)
        a.send(text: #"{"type":"send","to":"B","payload":1}"#)
        #expect(try a.received().map(\.errorCode) == ["mailbox_full"])
        b.send(text: #"{"type":"delivered","seq":1}"#)
        a.send(text: #"{"type":"send","to":"B","payload":1}"#)
        #expect(try a.received() == [])
        #expect(try b.received() == [.item(1, "\"12345678\""), .item(2, "1")])
    }

    @Test func theMailboxIsToldBeforeItsItems() throws {
        let rig = SessionRig()
        let a = rig.connect(.a, sid: "a")
        for number in 1...3 { a.send(text: #"{"type":"send","to":"B","payload":\#(number)}"#) }
        let b = rig.connect(.b, sid: "b")
        #expect(try b.received() == [.roomFull])
        // It claims to have two of what must have been another server's.
        b.send(text: #"{"type":"hello","deliveredUpTo":2,"mailbox":"0000000000000000"}"#)
        var frames = try b.received()
        let id = try #require(frames.first?.mailboxID)
        #expect(frames.removeFirst() == .text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":0}"#))
        #expect(frames == (1...3).map { .item($0, "\($0)", "deliver") })
        b.drop()
        let again = rig.connect(.b, sid: "b")
        again.send(text: #"{"type":"hello","deliveredUpTo":2,"mailbox":"\#(id)"}"#)
        #expect(
            try again.received() == [.roomFull, .text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":2}"#), .item(3, "3", "deliver")])
        // One id for both sides, and none for who does not ask.
        _ = try a.received()
        a.send(text: #"{"type":"hello","mailbox":""}"#)
        #expect(try a.received() == [.text(#"{"type":"mailbox","id":"\#(id)","deliveredUpTo":0}"#)])
        a.send(text: #"{"type":"hello","mailbox":null}"#)
        #expect(try a.received() == [])
    }

    @Test func aRoomThatIsMadeAnewHasAnotherMailbox() throws {
        let rig = SessionRig()
        var ids: Set<String> = []
        for _ in 0..<3 {
            let a = rig.connect(.a)
            a.send(text: #"{"type":"hello","mailbox":""}"#)
            ids.insert(try #require(try a.received().first?.mailboxID))
            // Nothing was stored, so the room is forgotten at once.
            a.drop()
        }
        #expect(ids.count == 3)
        let other = SessionRig { $0.mailboxSeed = .random(in: 1_000...(.max)) }
        let a = other.connect(.a)
        a.send(text: #"{"type":"hello","mailbox":""}"#)
        #expect(!ids.contains(try #require(try a.received().first?.mailboxID)))
    }

    @Test func whatIsStoredIsAcceptedBeforeItIsDelivered() throws {
        let rig = SessionRig { $0.mailbox.messages = 3 }
        let a = rig.connect(.a, sid: "a")
        a.send(text: #"{"type":"send","to":"A","payload":"note","ref":1}"#)
        #expect(try a.receivedTexts() == [#"{"type":"accepted","ref":1}"#, #"{"type":"deliver","seq":1,"payload":"note"}"#])
        for ref in 1...4 { a.send(text: #"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        #expect(try a.receivedTexts() == (1...4).map { #"{"type":"accepted","ref":\#($0)}"# })
        a.send(text: #"{"type":"send","to":"B","payload":5,"ref":5}"#)
        let refusals = try a.received()
        #expect(refusals.map(\.errorCode) == ["mailbox_full"] && refusals.map(\.errorRef) == [5])
        a.drop()
        // It heard of nothing that it sent, so it sends all of it again.
        let again = rig.connect(.a, sid: "a")
        for ref in 1...4 { again.send(text: #"{"type":"send","to":"B","payload":\#(ref),"ref":\#(ref)}"#) }
        #expect(try again.receivedTexts() == (1...4).map { #"{"type":"accepted","ref":\#($0)}"# })
        let b = rig.connect(.b)
        b.send(text: #"{"type":"hello"}"#)
        // The first ref was of a note to itself.
        #expect(try b.received() == [.roomFull] + (2...4).map { .item($0 - 1, "\($0)") })
    }

    /// Responses wait in the client's queue like anything else that it does not read.
    @Test func whoDoesNotReadItsAnswersIsNotReadFrom() throws {
        for frame in [#"{"type":"send","to":"B","payload":1,"ref":1}"#, #"{"type":"hello","mailbox":""}"#] {
            let rig = SessionRig()
            let a = rig.connect(.a, sid: "a")
            a.setWritable(false)
            var asked = 0
            while a.isReadFrom, asked < 10_000 {
                a.send(text: frame)
                asked += 1
            }
            #expect(asked > 1_000 && asked < 10_000, "\(frame)")
            a.setWritable(true)
            #expect(try a.received().count == asked)
            #expect(a.isReadFrom)
        }
    }

    /// Between the two fields, `upTo` is the one that is meant.
    @Test func deliveredTakesEitherName() throws {
        let rig = SessionRig()
        let (a, b) = try rig.pair()
        for _ in 0..<4 { a.send(text: #"{"type":"send","to":"B","payload":0}"#) }
        b.send(text: #"{"type":"delivered","seq":1,"upTo":null}"#)
        #expect(rig.totals.mailboxMessages == 3)
        b.send(text: #"{"type":"delivered","seq":4,"upTo":2}"#)
        #expect(rig.totals.mailboxMessages == 2)
        #expect(try b.received().allSatisfy { $0.errorCode == nil })
    }
}
