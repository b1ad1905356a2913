import SignalingCore
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore

/// What lets a client resume without losing or doubling an item: the mailbox's id, and refs.
@Suite struct RoomResumeTests {
    // MARK: - The mailbox's id

    /// Five items wait, of which the client has been given two by another life of the room, or by this one.
    @Test(
        arguments: [
            (.unnamed, 2, []), (.named(RoomHarness.mailbox), 2, [mailbox(2, 2)]), (.named(MailboxID(1)), 0, [mailbox(2, 0)]),
            (.unknown, 0, [mailbox(2, 0)]),
        ] as [(NamedMailbox, UInt64, [RoomAction])])
    func aNumberCountsForTheMailboxItIsOf(_ name: NamedMailbox, _ acknowledged: UInt64, _ answer: [RoomAction]) {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for number in 1...5 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        _ = room.join(2, .b)
        #expect(room.hello(2, .b, 2, mailbox: name) == answer)
        #expect(room.deliver(.b).actions == (acknowledged + 1...5).map { item(2, $0, "\($0)") })
    }

    @Test func theAnswerSaysWhatIsAcknowledgedAfterwards() {
        var room = RoomHarness()
        _ = room.join(1, .a)
        for number in 1...3 { #expect(room.send(1, .a, to: .b, "\(number)").outcome == .stored) }
        _ = room.join(2, .b)
        room.delivered(2, .b, 1)
        #expect(room.hello(2, .b, 0, mailbox: .unknown) == [mailbox(2, 1)])
        #expect(room.hello(2, .b, .max, mailbox: .named(RoomHarness.mailbox)) == [mailbox(2, 3)])
        // Sides count apart, under one id.
        #expect(room.hello(1, .a, 0, mailbox: .unknown) == [mailbox(1, 0)])
    }

    @Test func onlyTheHolderIsAnswered() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .a, sid: "s")
        #expect(room.hello(1, .a, 0, mailbox: .unknown) == [])
        #expect(room.send(1, .a, to: .b, "x", ref: 1) == (.ignored, []))
        #expect(room.send(2, .a, to: .b, "x", ref: 1) == (.stored, [accepted(2, 1)]))
    }

    // MARK: - Refs

    @Test func whatIsStoredIsAnsweredAndARepetitionIsNotStored() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "one", ref: 3) == (.stored, [accepted(1, 3)]))
        for _ in 0..<2 { #expect(room.send(1, .a, to: .b, "again", ref: 3) == (.repeated, [accepted(1, 3)])) }
        #expect(room.send(1, .a, to: .b, "two", ref: 4) == (.stored, [accepted(1, 4)]))
        // Without a ref nothing is answered, and nothing taken for a repetition.
        #expect(room.send(1, .a, to: .b, "three") == (.stored, []))
        _ = room.join(2, .b)
        room.hello(2, .b)
        #expect(room.deliver(.b).actions == [item(2, 1, "one"), item(2, 2, "two"), item(2, 3, "three")])
    }

    /// How the connection that sent refs 1 and 2 ends, and who comes then; whether a repetition of 2 is noticed.
    @Test(
        arguments: [
            (.leaves, "s", true), (.isReplaced, "s", true), (.isEvicted, "s", true), (.leaves, "t", false), (.leaves, "", false),
            (.leaves, nil, false), (.isEvicted, "t", false),
        ] as [(End, String?, Bool)])
    fileprivate func refsOutliveTheConnectionForTheSameClient(_ end: End, _ sid: String?, _ isNoticed: Bool) {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        for ref in [1, 2] as [UInt64] { #expect(room.send(1, .a, to: .b, "\(ref)", ref: ref).outcome == .stored) }
        switch end {
        case .leaves:
            _ = room.leave(1, .a)
            #expect(room.join(2, .a, sid: sid).outcome == .seated)
        case .isReplaced:
            #expect(room.join(2, .a, sid: sid).actions.contains(close(1, .replaced)))
        case .isEvicted:
            // Another asks for the side first, so that the same client gets it by a challenge too.
            #expect(room.join(9, .a).outcome == .waiting)
            _ = room.challengeExpired(9, .a)
            _ = room.leave(9, .a)
            #expect(room.join(2, .a, sid: sid).outcome == .seated)
        }
        let expected: SendOutcome = isNoticed ? .repeated : .stored
        #expect(room.send(2, .a, to: .b, "2", ref: 2) == (expected, [accepted(2, 2)]))
        #expect(room.state.mailboxMessages == (isNoticed ? 2 : 3))
    }

    fileprivate enum End: Sendable { case leaves, isReplaced, isEvicted }

    @Test func anotherClientsRefsTakeThePlaceOfTheFirsts() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "x", ref: 5).outcome == .stored)
        _ = room.leave(1, .a)
        _ = room.join(2, .a, sid: "t")
        #expect(room.send(2, .a, to: .b, "y", ref: 1).outcome == .stored)
        #expect(room.send(2, .a, to: .b, "y", ref: 1).outcome == .repeated)
        _ = room.leave(2, .a)
        _ = room.join(3, .a, sid: "s")
        #expect(room.send(3, .a, to: .b, "x", ref: 5).outcome == .stored)
    }

    /// Nobody can come back in its name, so there is nothing to tell a repetition from.
    @Test(arguments: [nil, ""] as [String?])
    func withoutASidRefsAreOnlyAnswered(_ sid: String?) {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "x", ref: 1).outcome == .stored)
        _ = room.leave(1, .a)
        _ = room.join(2, .a, sid: sid)
        for _ in 0..<2 { #expect(room.send(2, .a, to: .b, "y", ref: 1) == (.stored, [accepted(2, 1)])) }
        _ = room.leave(2, .a)
        // The first client's are still known.
        _ = room.join(3, .a, sid: "s")
        #expect(room.send(3, .a, to: .b, "x", ref: 1).outcome == .repeated)
    }

    @Test func sidesHaveRefsOfTheirOwn() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        _ = room.join(2, .b, sid: "s")
        #expect(room.send(1, .a, to: .b, "x", ref: 1).outcome == .stored)
        #expect(room.send(2, .b, to: .a, "y", ref: 1).outcome == .stored)
        // It is the sender's side that counts, whoever the item is for.
        #expect(room.send(1, .a, to: .a, "z", ref: 1).outcome == .repeated)
    }

    @Test func whatIsRefusedIsNotAccepted() {
        var room = RoomHarness(messages: 1)
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "x", ref: 1, mayStore: false) == (.serverFull, []))
        #expect(room.send(1, .a, to: .b, "x", ref: 1) == (.stored, [accepted(1, 1)]))
        #expect(room.send(1, .a, to: .b, "y", ref: 2) == (.mailboxFull, []))
        // A repetition needs no room.
        #expect(room.send(1, .a, to: .b, "x", ref: 1, mayStore: false) == (.repeated, [accepted(1, 1)]))
        _ = room.join(2, .b)
        room.delivered(2, .b, 1)
        #expect(room.send(1, .a, to: .b, "y", ref: 2) == (.stored, [accepted(1, 2)]))
    }

    /// Its sender has no answer and sends it again, though there is room by now: what came after it is stored.
    @Test func whatWasRefusedStaysRefusedOnceALaterOneIsStored() {
        var room = RoomHarness(bytes: 10)
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "small", ref: 1).outcome == .stored)
        #expect(room.send(1, .a, to: .b, "too large", ref: 2) == (.mailboxFull, []))
        #expect(room.send(1, .a, to: .b, "fits", ref: 3).outcome == .stored)
        _ = room.join(2, .a, sid: "s")
        #expect(room.send(2, .a, to: .b, "small", ref: 1) == (.repeated, [accepted(2, 1)]))
        #expect(room.send(2, .a, to: .b, "too large", ref: 2) == (.mailboxFull, []))
        #expect(room.send(2, .a, to: .b, "fits", ref: 3) == (.repeated, [accepted(2, 3)]))
        _ = room.join(3, .b)
        room.delivered(3, .b, 2)
        #expect(room.send(2, .a, to: .b, "too large", ref: 2) == (.mailboxFull, []))
        #expect(room.send(2, .a, to: .b, "too large", ref: 4) == (.stored, [accepted(2, 4)]))
    }

    @Test func refsAreKeptWithTheRoom() {
        var room = RoomHarness()
        _ = room.join(1, .a, sid: "s")
        #expect(room.send(1, .a, to: .b, "x", ref: 1).outcome == .stored)
        _ = room.leave(1, .a)
        #expect(room.state.isDeserted && !room.state.isSpent)
        room.advance(.minutes(9))
        _ = room.join(2, .a, sid: "s")
        #expect(room.send(2, .a, to: .b, "x", ref: 1).outcome == .repeated)
        // A repetition is activity too.
        #expect(room.state.lastActivity == room.now)
    }
}
