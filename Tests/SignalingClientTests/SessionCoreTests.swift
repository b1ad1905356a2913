import Testing

@testable import SignalingClient

/// The rules of a session, with its clock in hand.
@Suite struct SessionCoreTests {
    /// A session, and what it has done.
    struct Bench {
        var core: SessionCore
        var now = Duration.seconds(1000)
        var sent: [String] = []
        var events: [SessionEvent] = []
        var items: [UInt64] = []
        var settled: [UInt64: ClientError?] = [:]
        var connects = 0
        var drops = 0
        var closes = 0
        var ends: [ClientError?] = []

        init(resuming token: ResumeToken? = nil, giveUpAfter: Duration? = .seconds(120)) {
            self.core = SessionCore(
                sid: token?.sid ?? "s", resuming: token, refFloor: 1_000_000, options: .init(giveUpAfter: giveUpAfter, largestMessage: 1000)
            )
            self.core.start(now: self.now)
            self.collect()
        }

        mutating func collect() {
            for action in self.core.takeActions() {
                switch action {
                case .connect: self.connects += 1
                case .send(let frame): self.sent.append(text(frame))
                case .drop: self.drops += 1
                case .close: self.closes += 1
                case .event(let event): self.events.append(event)
                case .item(let item, _): self.items.append(item.seq)
                case .settle(let ref, let error): self.settled[ref] = error
                case .ended(let error): self.ends.append(error)
                }
            }
        }

        mutating func connected() {
            self.core.connected(now: self.now)
            self.collect()
        }

        mutating func receive(_ text: String) {
            self.core.received(Array(text.utf8), now: self.now)
            self.collect()
        }

        mutating func open(mailbox: String = "m1", deliveredUpTo: Int = 0) {
            self.connected()
            self.receive(#"{"type":"mailbox","id":"\#(mailbox)","deliveredUpTo":\#(deliveredUpTo)}"#)
        }

        mutating func closed(_ code: UInt16, _ reason: String = "") {
            self.core.closed(code: code, reason: reason, now: self.now)
            self.collect()
        }

        mutating func refused(_ error: ClientError) {
            self.core.refused(error, now: self.now)
            self.collect()
        }

        /// Time passes, deadline by deadline.
        mutating func pass(_ span: Duration) {
            let end = self.now + span
            while let due = self.core.deadline, due <= end {
                self.now = max(self.now, due)
                self.core.timePassed(now: self.now)
                self.collect()
            }
            self.now = end
        }

        mutating func send(_ payload: String) throws -> UInt64 {
            defer { self.collect() }
            return try self.core.send(Array(payload.utf8), to: .b)
        }

        mutating func take(_ seq: UInt64, of mailbox: String = "m1") {
            self.core.take(seq: seq, of: mailbox, now: self.now)
            self.collect()
        }

        /// Lets the pause before the next attempt pass.
        mutating func comeBack() {
            let before = self.connects
            while self.connects == before, let due = self.core.deadline { self.pass(max(.zero, due - self.now)) }
            #expect(self.connects == before + 1)
        }

        var delay: Duration? {
            guard case .reconnecting(_, let delay, _) = self.events.last else { return nil }
            return delay
        }
    }

    @Test func itSaysHelloAndIsOpenWithTheAnswer() {
        var bench = Bench()
        #expect(bench.connects == 1)
        bench.connected()
        #expect(bench.sent == [#"{"type":"hello","mailbox":"","deliveredUpTo":0}"#])
        #expect(!bench.core.isOpen)
        bench.receive(#"{"type":"mailbox","id":"m1","deliveredUpTo":0}"#)
        #expect(bench.core.isOpen)
        #expect(bench.events == [.opened(resumed: false)])
    }

    @Test func framesBeforeTheAnswerAreDealtWithAfterIt() {
        var bench = Bench()
        bench.connected()
        bench.receive(#"{"type":"room_full"}"#)
        bench.receive(#"{"type":"deliver","seq":1,"payload":1}"#)
        #expect(bench.events.isEmpty && bench.items.isEmpty)
        bench.receive(#"{"type":"mailbox","id":"m1","deliveredUpTo":0}"#)
        #expect(bench.events == [.opened(resumed: false), .paired])
        #expect(bench.items == [1])
        #expect(bench.core.isPeerPresent)
    }

    @Test func aServerThatSendsMuchAndDoesNotAnswerIsLeft() {
        var bench = Bench()
        bench.connected()
        for _ in 0..<4097 { bench.receive(#"{"type":"room_full"}"#) }
        #expect(bench.drops == 1)
    }

    @Test func itemsAreAcknowledgedTogetherAfterTheyAreTaken() {
        var bench = Bench()
        bench.open()
        bench.sent = []
        for seq in 1...3 { bench.receive(#"{"type":"deliver","seq":\#(seq),"payload":1}"#) }
        bench.receive(#"{"type":"deliver","seq":2,"payload":1}"#)
        #expect(bench.items == [1, 2, 3])
        bench.pass(.milliseconds(100))
        #expect(bench.sent.isEmpty)
        bench.take(1)
        bench.take(2)
        bench.pass(.milliseconds(25))
        #expect(bench.sent == [#"{"type":"delivered","upTo":2}"#])
        #expect(bench.core.resumeToken.deliveredUpTo == 2)
    }

    @Test func afterADropItNamesWhatItHasAndTakesNothingTwice() {
        var bench = Bench()
        bench.open()
        for seq in 1...2 { bench.receive(#"{"type":"deliver","seq":\#(seq),"payload":1}"#) }
        bench.take(1)
        bench.closed(1006)
        bench.comeBack()
        bench.sent = []
        bench.connected()
        #expect(bench.sent == [#"{"type":"hello","mailbox":"m1","deliveredUpTo":1}"#])
        bench.receive(#"{"type":"mailbox","id":"m1","deliveredUpTo":1}"#)
        bench.receive(#"{"type":"deliver","seq":2,"payload":1}"#)
        #expect(bench.items == [1, 2])
        #expect(bench.events.last == .opened(resumed: true))
    }

    @Test func anAcknowledgementThatWasLostIsRepeated() {
        var bench = Bench()
        bench.open()
        bench.receive(#"{"type":"deliver","seq":1,"payload":1}"#)
        bench.take(1)
        bench.closed(1006)
        bench.comeBack()
        bench.sent = []
        bench.open(deliveredUpTo: 0)
        bench.pass(.milliseconds(25))
        #expect(bench.sent.contains(#"{"type":"delivered","upTo":1}"#))
    }

    @Test func inANewMailboxTheNumbersBeginAgain() {
        var bench = Bench()
        bench.open()
        bench.receive(#"{"type":"deliver","seq":1,"payload":1}"#)
        bench.take(1)
        bench.closed(1006)
        bench.comeBack()
        bench.open(mailbox: "m2")
        #expect(bench.events.last == .opened(resumed: false))
        bench.receive(#"{"type":"deliver","seq":1,"payload":2}"#)
        #expect(bench.items == [1, 1])
        // One of the mailbox that is gone frees nothing in this one.
        bench.take(1, of: "m1")
        #expect(bench.core.resumeToken.deliveredUpTo == 0)
    }

    @Test func itemsWithoutAnAnswerAreRepeatedUnderTheirRefs() throws {
        var bench = Bench()
        bench.open()
        let first = try bench.send("1")
        let second = try bench.send("2")
        bench.receive(#"{"type":"accepted","ref":\#(first)}"#)
        bench.closed(1006)
        bench.comeBack()
        bench.sent = []
        bench.open()
        #expect(bench.sent.contains(#"{"type":"send","to":"B","payload":2,"ref":\#(second)}"#))
        #expect(!bench.sent.contains { $0.contains("\"ref\":\(first)") })
        bench.receive(#"{"type":"accepted","ref":\#(second)}"#)
        bench.receive(#"{"type":"accepted","ref":\#(second)}"#)
        #expect(bench.settled.keys.sorted() == [first, second])
    }

    @Test func aRefusedItemSaysWhy() throws {
        var bench = Bench()
        bench.open()
        let ref = try bench.send("1")
        bench.receive(#"{"type":"error","code":"mailbox_full","message":"full","ref":\#(ref)}"#)
        #expect(bench.settled[ref]??.code == .mailboxFull)
        #expect(bench.core.resumeToken.unaccepted.isEmpty)
    }

    @Test func whatWaitsIsBounded() throws {
        var bench = Bench()
        for number in 0..<1000 { _ = try bench.send("\(number)") }
        #expect(throws: ClientError.self) { try bench.core.send(Array("1".utf8), to: .b) }
        #expect(throws: ClientError.self) { try bench.core.send(Array("1".utf8) + [UInt8](repeating: 0x20, count: 1000), to: .b) }
        let frame = try RelayedFrame(json: Array(#"{"type":"ice"}"#.utf8))
        for _ in 0..<256 { try bench.core.signal(frame, unsent: 0) }
        let error = #expect(throws: ClientError.self) { try bench.core.signal(frame, unsent: 0) }
        #expect(error?.code == .queueFull)
    }

    @Test func relayedFramesWaitForTheConnection() throws {
        var bench = Bench()
        try bench.core.signal(RelayedFrame(json: Array(#"{"type":"ice"}"#.utf8)), unsent: 0)
        bench.open()
        #expect(bench.sent.last == #"{"type":"ice"}"#)
        let error = #expect(throws: ClientError.self) {
            try bench.core.signal(RelayedFrame(json: Array(#"{"type":"ice"}"#.utf8)), unsent: 2 << 20)
        }
        #expect(error?.code == .queueFull)
    }

    @Test func theFloorOfThePauseDoublesUpToTwentySeconds() {
        #expect(Backoff.delay(attempt: 1, random: 1) == .milliseconds(500))
        #expect(Backoff.delay(attempt: 2, random: 1) == .seconds(1))
        #expect(Backoff.delay(attempt: 6, random: 1) == .seconds(16))
        #expect(Backoff.delay(attempt: 7, random: 1) == .seconds(20))
        #expect(Backoff.delay(attempt: 1000, random: 1) == .seconds(20))
        #expect(Backoff.delay(attempt: 3, random: 0) == .zero)
    }

    @Test func goingAwayNamesTheNextPauseAndNothingMakesItShorter() {
        var bench = Bench()
        bench.open()
        bench.receive(#"{"type":"going_away","reconnectAfterMs":7000}"#)
        bench.closed(1001, "going away")
        #expect(bench.delay == .seconds(7))
        bench.core.check(now: bench.now)
        bench.collect()
        #expect(bench.connects == 1)
        bench.pass(.milliseconds(6999))
        #expect(bench.connects == 1)
        bench.pass(.milliseconds(1))
        #expect(bench.connects == 2)
    }

    @Test func aServerThatIsFullIsGivenItsTime() {
        var bench = Bench()
        bench.connected()
        bench.closed(1013, "server full")
        #expect((bench.delay ?? .zero) >= .seconds(10))
        var other = Bench()
        other.refused(ClientError(.rateLimited, "429", retryAfter: .seconds(25)))
        #expect((other.delay ?? .zero) >= .seconds(25))
    }

    @Test func attemptsAreCountedAnewAfterAStableConnection() {
        var bench = Bench()
        for expected in 1...3 {
            bench.refused(ClientError(.serverUnreachable, "no"))
            guard case .reconnecting(let attempt, _, _) = bench.events.last else { return #expect(Bool(false)) }
            #expect(attempt == expected)
            bench.comeBack()
        }
        bench.open()
        bench.pass(.seconds(5))
        bench.closed(1006)
        guard case .reconnecting(let attempt, _, _) = bench.events.last else { return #expect(Bool(false)) }
        #expect(attempt == 1)
    }

    @Test(arguments: [
        (1008, "side A busy", ClientError.Code.sideBusy), (1008, "side A needs its token", .sideBusy),
        (1008, "too many refused frames", .tooManyRefusals), (4001, "replaced", .replaced), (1009, "message too big", .messageTooBig),
        (1002, "protocol error", .protocolError), (1007, "not UTF-8", .protocolError),
    ])
    func someEndsAreFinal(code: Int, reason: String, expected: ClientError.Code) {
        var bench = Bench()
        bench.open()
        bench.closed(UInt16(code), reason)
        #expect(bench.ends.map { $0?.code } == [expected])
        #expect(bench.core.isClosed)
        bench.pass(.seconds(1000))
        #expect(bench.connects == 1)
    }

    @Test(arguments: [
        (1001, "going away"), (1006, ""), (1000, ""), (4002, "unresponsive"), (4008, "slow consumer"), (1008, "message took too long"),
    ])
    func fromOthersItComesBack(code: Int, reason: String) {
        var bench = Bench()
        bench.open()
        bench.closed(UInt16(code), reason)
        #expect(bench.ends.isEmpty)
        bench.comeBack()
        #expect(bench.connects == 2)
    }

    @Test func aProxysRefusalIsFinalUnlessTheServerHasLetItIn() {
        var bench = Bench()
        bench.refused(ClientError(.originRefused, "403"))
        #expect(bench.ends.count == 1)
        var other = Bench()
        other.open()
        other.closed(1006)
        other.comeBack()
        other.refused(ClientError(.originRefused, "403"))
        #expect(other.ends.isEmpty)
    }

    @Test func itGivesUpAfterItsTimeWithTheCause() {
        var bench = Bench(giveUpAfter: .seconds(60))
        while bench.ends.isEmpty, bench.now < .seconds(1100) {
            bench.refused(ClientError(.serverUnreachable, "no"))
            bench.pass(.seconds(1))
        }
        #expect(bench.ends.map { $0?.code } == [.serverUnreachable])
        #expect(bench.now >= .seconds(1060) && bench.now <= .seconds(1062))
    }

    @Test func aProcessThatWasSuspendedTriesBeforeItGivesUp() {
        var bench = Bench(giveUpAfter: .seconds(60))
        bench.refused(ClientError(.serverUnreachable, "no"))
        bench.now += .seconds(3600)
        bench.core.timePassed(now: bench.now)
        bench.collect()
        #expect(bench.ends.isEmpty)
        #expect(bench.connects == 2)
        bench.refused(ClientError(.serverUnreachable, "no"))
        bench.pass(.seconds(10))
        #expect(bench.ends.count == 1)
    }

    @Test func aServerThatDoesNotAnswerHelloIsLeft() {
        var bench = Bench()
        bench.connected()
        bench.pass(.seconds(10))
        #expect(bench.drops == 1)
        #expect(bench.ends.isEmpty)
    }

    @Test func aSilentConnectionIsAskedAndLeft() {
        var bench = Bench()
        bench.open()
        for _ in 0..<6 {
            bench.pass(.seconds(20))
            bench.core.heard(now: bench.now)
        }
        let before = bench.sent.count
        bench.pass(.seconds(60))
        #expect(bench.sent.count == before + 1)
        #expect(bench.drops == 0)
        bench.pass(.seconds(5))
        #expect(bench.drops == 1)
    }

    @Test func anAnswerToTheQuestionKeepsTheConnection() {
        var bench = Bench()
        bench.open()
        bench.core.check(now: bench.now)
        bench.collect()
        bench.pass(.seconds(4))
        bench.receive(#"{"type":"mailbox","id":"m1","deliveredUpTo":0}"#)
        bench.pass(.seconds(30))
        #expect(bench.drops == 0)
        #expect(bench.events == [.opened(resumed: false)])
    }

    @Test func closingSendsWhatIsDueAndThenCloses() {
        var bench = Bench()
        bench.open()
        bench.receive(#"{"type":"deliver","seq":1,"payload":1}"#)
        bench.take(1)
        bench.sent = []
        bench.core.close(now: bench.now)
        bench.collect()
        #expect(bench.sent == [#"{"type":"delivered","upTo":1}"#])
        #expect(bench.closes == 1)
        #expect(bench.ends.count == 1)
        #expect(throws: ClientError.self) { try bench.send("1") }
        // A handshake that nobody answers ends all the same.
        bench.pass(.seconds(3))
        #expect(bench.drops == 1)
    }

    @Test func aTokenGoesOnWhereItsSessionWas() throws {
        var bench = Bench()
        bench.open()
        bench.receive(#"{"type":"deliver","seq":1,"payload":1}"#)
        bench.take(1)
        let lost = try bench.send("\"lost\"")
        let token = try JSONText.decode(ResumeToken.self, from: try JSONText.encode(bench.core.resumeToken))
        #expect(token == bench.core.resumeToken)
        // Used after the token was made, and unknown to it.
        _ = try bench.send("\"later\"")
        var next = Bench(resuming: token)
        let fresh = try next.send("\"fresh\"")
        #expect(fresh > lost + 1)
        next.connected()
        #expect(next.sent == [#"{"type":"hello","mailbox":"m1","deliveredUpTo":1}"#])
        next.receive(#"{"type":"mailbox","id":"m1","deliveredUpTo":1}"#)
        #expect(next.events == [.opened(resumed: true)])
        // The older item first, and alone: the server's memory of refs does not reach from one to the other.
        #expect(next.sent.last == #"{"type":"send","to":"B","payload":"lost","ref":\#(lost)}"#)
        next.receive(#"{"type":"accepted","ref":\#(lost)}"#)
        #expect(next.sent.last == #"{"type":"send","to":"B","payload":"fresh","ref":\#(fresh)}"#)
    }

    @Test func aTokenThatNoSessionHasMadeIsRefused() throws {
        let good = Bench().core.resumeToken
        try good.check()
        for change: (inout ResumeToken) -> Void in [
            { $0.sid = "" }, { $0.mailbox = "\"" }, { $0.lastRef = .max },
            { $0.unaccepted = [.init(ref: 1, to: .a, payload: "}")] },
            { $0.unaccepted = [.init(ref: 2, to: .a, payload: "1"), .init(ref: 1, to: .a, payload: "1")] },
            { $0.unaccepted = [.init(ref: 1, to: .a, payload: "\"\(String(repeating: "x", count: 4 << 20))\"")] },
        ] {
            var bad = good
            change(&bad)
            #expect(throws: ClientError.self) { try bad.check() }
        }
    }
}
