/// What a session decides: one side's place in a room, kept across connections.
///
/// It does nothing by itself. Its owner tells it what has happened and what time it is, as a span from any fixed moment, and carries out the
/// actions that it names, in their order.
package struct SessionCore: Sendable {
    package enum Action: Sendable, Equatable {
        /// Opens another WebSocket. There is none now.
        case connect
        case send([UInt8])
        /// Leaves the WebSocket, or the attempt at one, without the closing handshake.
        case drop
        /// The closing handshake, with 1000, behind what was sent.
        case close
        case event(SessionEvent)
        /// One more for the program, of the mailbox of that name.
        case item(RawItem, mailbox: String)
        case settle(ref: UInt64, ClientError?)
        /// Nothing follows, but perhaps `drop` for a handshake that takes too long.
        case ended(ClientError?)
    }

    package struct Options: Sendable {
        package var giveUpAfter: Duration?
        package var largestMessage: Int

        package init(giveUpAfter: Duration? = .seconds(120), largestMessage: Int = 1 << 20) {
            self.giveUpAfter = giveUpAfter
            self.largestMessage = largestMessage
        }
    }

    private enum Phase: Sendable, Equatable {
        case new
        case connecting
        /// There is a WebSocket, and no response to `hello` yet.
        case greeting
        case open
        /// For the time of the next attempt.
        case waiting
        case closed
    }

    private enum Timer: Sendable, CaseIterable {
        case open, giveUp, stable, silence, probe, acknowledgement, retry, closing
    }

    /// From the attempt to the server's response to `hello`.
    private static let openLimit = Duration.seconds(10)
    /// After a connection that lasted this long, attempts are counted from 1 again.
    private static let stable = Duration.seconds(5)
    /// The server looks every 20 s whether a client is alive, unless it is set to something else. Who hears nothing for so long asks.
    private static let silence = Duration.seconds(60)
    /// Something has to arrive within this time behind a `hello` that asks whether the connection is alive.
    private static let probeLimit = Duration.seconds(5)
    /// Items that are taken within this time are acknowledged together.
    private static let acknowledgementDelay = Duration.milliseconds(20)
    private static let closingLimit = Duration.seconds(3)
    /// Frames kept until the response to `hello`: more than a mailbox and the frames held for a side at the server's default limits.
    private static let early = BoundedQueue<Void>.Limit(count: 4096, bytes: 16 << 20)
    /// A process that was suspended looks before it gives up.
    private static let late = Duration.seconds(5)
    private static let signals = BoundedQueue<[UInt8]>.Limit(count: 256, bytes: 1 << 20)

    private let sid: String
    private let options: Options
    private var phase = Phase.new
    private var timers: [Timer: Duration] = [:]
    private var inbox: Inbox
    private var outbox: Outbox
    /// Relayed frames that wait for a connection.
    private var signals = BoundedQueue<[UInt8]>(Self.signals)
    private var early = BoundedQueue<ReceivedFrame>(.init(count: Self.early.count, bytes: Self.early.bytes))

    private var attempt = 0
    private var hasBeenOpen = false
    private var lastFailure: ClientError?
    /// The delay that a `going_away` frame has named, for the next attempt only.
    private var goingAway: Duration?
    /// The server has named the time of the next attempt, so it is not made earlier when the network is back.
    private var mustWait = false
    package private(set) var isPeerPresent = false
    private var actions: [Action] = []

    /// - Parameter refFloor: Microseconds since 1970.
    package init(sid: String, resuming token: ResumeToken? = nil, refFloor: UInt64, options: Options = Options()) {
        self.sid = sid
        self.options = options
        self.inbox = Inbox(mailbox: token?.mailbox ?? "", taken: token?.deliveredUpTo ?? 0)
        self.outbox = Outbox(floor: refFloor, resuming: token)
    }

    package var isOpen: Bool { self.phase == .open }
    package var isClosed: Bool { self.phase == .closed }
    package var isConnecting: Bool { self.phase == .connecting }
    /// When `timePassed` is to be called.
    package var deadline: Duration? { self.timers.values.min() }
    package var closedError: ClientError { self.error ?? .closed }
    private var error: ClientError?

    package var resumeToken: ResumeToken {
        ResumeToken(
            sid: self.sid, mailbox: self.inbox.mailbox, deliveredUpTo: self.inbox.taken, lastRef: self.outbox.lastRef,
            unaccepted: self.outbox.tokens)
    }

    package mutating func takeActions() -> [Action] {
        defer { self.actions.removeAll() }
        return self.actions
    }

    // MARK: What the program wants

    package mutating func start(now: Duration) {
        guard self.phase == .new else { return }
        self.connect(now: now)
    }

    /// The ref under which the outcome is named.
    package mutating func send(_ payload: [UInt8], to side: Side) throws(ClientError) -> UInt64 {
        guard self.phase != .closed else { throw self.closedError }
        // Checked here, since the server cannot say which frame it was that it could not read.
        guard JSONScanner.isPayload(payload) else {
            throw ClientError(.invalidArgument, "an item is JSON, nested at most \(JSONScanner.maxDepth - 1) deep")
        }
        let (ref, frame) = try self.outbox.add(to: side, payload: payload, largest: self.options.largestMessage)
        if self.phase == .open, let frame { self.actions.append(.send(frame)) }
        return ref
    }

    /// - Parameter unsent: Bytes that were given out to be sent, and were not yet.
    package mutating func signal(_ frame: RelayedFrame, unsent: Int) throws(ClientError) {
        guard self.phase != .closed else { throw self.closedError }
        guard frame.json.count <= self.options.largestMessage else {
            throw ClientError.tooBig(frame.json.count, self.options.largestMessage)
        }
        if self.phase == .open {
            guard unsent <= Self.signals.bytes else { throw ClientError(.queueFull, "the connection takes no more at the moment") }
            self.actions.append(.send(frame.json))
        } else {
            guard self.signals.hasRoom(for: frame.json.count) else {
                throw ClientError(.queueFull, "at most \(Self.signals.count) messages and \(Self.signals.bytes) bytes may wait")
            }
            self.signals.append(frame.json, bytes: frame.json.count)
        }
    }

    /// A report that means something now or never: without a connection it is left out.
    package mutating func telemetry(event: String, detail: [UInt8], unsent: Int) {
        guard self.phase == .open, unsent <= Self.signals.bytes else { return }
        self.actions.append(.send(SentFrame.telemetry(event: event, detail: detail)))
    }

    /// The program is done with an item.
    package mutating func take(seq: UInt64, of mailbox: String, now: Duration) {
        guard self.inbox.take(seq: seq, of: mailbox) else { return }
        self.acknowledgeSoon(now: now)
    }

    package mutating func close(now: Duration) { self.end(nil, now: now) }

    /// The network has changed, or the program was suspended: tries at once, or finds out whether the connection is still alive.
    package mutating func check(now: Duration) {
        if self.phase == .waiting, !self.mustWait {
            self.connect(now: now)
        } else if self.phase == .open, self.timers[.probe] == nil {
            // The server responds to each `hello`.
            self.actions.append(.send(self.inbox.hello))
            self.timers[.probe] = now + Self.probeLimit
        }
    }

    // MARK: What happens to the connection

    package mutating func connected(now: Duration) {
        guard self.phase == .connecting else { return }
        self.phase = .greeting
        self.actions.append(.send(self.inbox.hello))
    }

    /// There is no WebSocket, and why.
    package mutating func refused(_ error: ClientError, now: Duration) {
        guard self.phase == .connecting else { return }
        self.lose()
        self.comeBack(error, now: now)
    }

    package mutating func closed(code: UInt16, reason: String, now: Duration) {
        guard self.phase == .greeting || self.phase == .open else { return }
        self.lose()
        self.comeBack(CloseCodes.error(code: code, reason: reason), now: now)
    }

    /// Anything has come, a ping for one.
    package mutating func heard(now: Duration) {
        guard self.phase == .greeting || self.phase == .open else { return }
        self.timers[.probe] = nil
        if self.phase == .open { self.timers[.silence] = now + Self.silence }
    }

    package mutating func received(_ message: [UInt8], now: Duration) {
        guard self.phase == .greeting || self.phase == .open else { return }
        self.heard(now: now)
        guard let frame = ReceivedFrame(message) else { return }
        switch frame {
        case .goingAway(let ms):
            self.goingAway = .milliseconds(Int64(min(ms, 86_400_000)))
        case .mailbox(let id, let upTo):
            if self.phase == .greeting { self.open(id: id, deliveredUpTo: upTo, now: now) }
        case _ where self.phase == .open:
            self.deal(with: frame)
        default:
            // Their numbers mean something only once the response has named the mailbox.
            guard self.early.hasRoom(for: message.count) else {
                return self.drop("the server sent much and did not answer", now: now)
            }
            self.early.append(frame, bytes: message.count)
        }
    }

    package mutating func timePassed(now: Duration) {
        for timer in Timer.allCases {
            guard let due = self.timers[timer], due <= now else { continue }
            self.timers[timer] = nil
            switch timer {
            case .open: self.drop("the server did not answer", now: now)
            case .giveUp: self.giveUp(due: due, now: now)
            case .stable: self.attempt = 0
            case .silence: self.check(now: now)
            case .probe: self.drop("the connection has died", now: now)
            case .acknowledgement: self.acknowledge()
            case .retry: self.connect(now: now)
            case .closing: self.actions.append(.drop)
            }
        }
    }

    // MARK: Connections

    private mutating func connect(now: Duration) {
        self.phase = .connecting
        self.mustWait = false
        self.timers[.retry] = nil
        self.timers[.open] = now + Self.openLimit
        self.limitAbsence(now: now)
        self.actions.append(.connect)
    }

    private mutating func limitAbsence(now: Duration) {
        guard self.timers[.giveUp] == nil, let limit = self.options.giveUpAfter else { return }
        self.timers[.giveUp] = now + limit
    }

    private mutating func giveUp(due: Duration, now: Duration) {
        guard now - due < Self.late else {
            // It has tried nothing meanwhile, however long that was.
            self.timers[.giveUp] = now + Self.openLimit
            return self.check(now: now)
        }
        self.end(self.lastFailure ?? ClientError(.serverUnreachable, "no answer from the server"), now: now)
    }

    private mutating func open(id: String, deliveredUpTo: UInt64, now: Duration) {
        self.phase = .open
        self.hasBeenOpen = true
        self.timers[.open] = nil
        self.timers[.giveUp] = nil
        self.timers[.stable] = now + Self.stable
        self.timers[.silence] = now + Self.silence
        let (resumed, owesAcknowledgement) = self.inbox.opened(id: id, deliveredUpTo: deliveredUpTo)
        if owesAcknowledgement { self.acknowledgeSoon(now: now) }
        for frame in self.outbox.frames { self.actions.append(.send(frame)) }
        while let frame = self.signals.popFirst() { self.actions.append(.send(frame)) }
        self.actions.append(.event(.opened(resumed: resumed)))
        while let frame = self.early.popFirst() { self.deal(with: frame) }
    }

    private mutating func deal(with frame: ReceivedFrame) {
        switch frame {
        case .paired:
            self.isPeerPresent = true
            self.actions.append(.event(.paired))
        case .peerLeft:
            self.isPeerPresent = false
            self.actions.append(.event(.peerLeft))
        case .relayed(let frame):
            self.actions.append(.event(.signal(frame)))
        case .diagnosis(let diagnosis):
            self.actions.append(.event(.diagnosis(diagnosis)))
        case .item(let item):
            if self.inbox.receive(seq: item.seq) { self.actions.append(.item(item, mailbox: self.inbox.mailbox)) }
        case .accepted(let ref):
            self.settle(ref: ref, nil)
        case .refused(let code, let message, let ref?):
            let kind: ClientError.Code = code == "mailbox_full" ? .mailboxFull : .protocolError
            let error = ClientError(kind, "the server refused an item: \(code), \(message)")
            self.settle(ref: ref, error)
        case .refused(let code, let message, nil):
            self.actions.append(.event(.refused(code: code, message: message)))
        case .mailbox, .goingAway:
            break
        }
    }

    private mutating func settle(ref: UInt64, _ error: ClientError?) {
        guard let released = self.outbox.settle(ref: ref) else { return }
        self.actions.append(.settle(ref: ref, error))
        for frame in released { self.actions.append(.send(frame)) }
    }

    /// Leaves a connection that may be dead.
    private mutating func drop(_ why: String, now: Duration) {
        guard self.phase == .connecting || self.phase == .greeting || self.phase == .open else { return }
        self.actions.append(.drop)
        self.lose()
        self.comeBack(ClientError(.unresponsive, why), now: now)
    }

    private mutating func lose() {
        self.phase = .waiting
        self.isPeerPresent = false
        self.early.removeAll()
        for timer in [Timer.open, .stable, .silence, .probe, .acknowledgement] { self.timers[timer] = nil }
    }

    private mutating func comeBack(_ cause: ClientError, now: Duration) {
        self.lastFailure = cause
        // The server has let this program in before, so it is probably a proxy that refuses now, and only for a while.
        let wasLetIn = cause.code == .originRefused && self.hasBeenOpen
        guard Backoff.comesBack(cause) || wasLetIn else { return self.end(cause, now: now) }
        self.attempt += 1
        self.mustWait = self.goingAway != nil || cause.retryAfter != nil
        let backoff = (cause.retryAfter.map(Backoff.patience) ?? .zero) + Backoff.delay(attempt: self.attempt, random: self.random())
        let delay = self.goingAway ?? backoff
        self.goingAway = nil
        self.timers[.retry] = now + delay
        self.limitAbsence(now: now)
        self.actions.append(.event(.reconnecting(attempt: self.attempt, delay: delay, reason: cause)))
    }

    private mutating func end(_ error: ClientError?, now: Duration) {
        guard self.phase != .closed else { return }
        if self.phase == .open, self.timers[.acknowledgement] != nil { self.acknowledge() }
        let hasSocket = self.phase == .open || self.phase == .greeting
        let isConnecting = self.phase == .connecting
        self.lose()
        self.phase = .closed
        self.error = error
        self.timers = [:]
        if hasSocket {
            self.actions.append(.close)
            self.timers[.closing] = now + Self.closingLimit
        } else if isConnecting {
            self.actions.append(.drop)
        }
        self.actions.append(.ended(error))
    }

    private mutating func acknowledgeSoon(now: Duration) {
        guard self.phase == .open, self.timers[.acknowledgement] == nil else { return }
        self.timers[.acknowledgement] = now + Self.acknowledgementDelay
    }

    private mutating func acknowledge() {
        self.actions.append(.send(SentFrame.delivered(upTo: self.inbox.taken)))
    }

    // MARK: Chance

    /// From 0 to 1, of a generator that `seed` begins.
    private mutating func random() -> Double {
        self.seed = self.seed &+ 0x9E37_79B9_7F4A_7C15
        var word = self.seed
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        return Double(word >> 11) / Double(1 << 53)
    }

    /// Different in each client, as that is what the jitter is for.
    package var seed: UInt64 = 0
}
