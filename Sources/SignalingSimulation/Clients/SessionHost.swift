import NIOCore
import SignalingClient
import SignalingTestKit

/// One process with a session: runs the core that the client ships, carries out its actions as `SessionEngine` does, and holds it to what
/// they have to be like.
final class SessionHost {
    private let world: SessionWorld
    private unowned let seat: SessionSeat
    private var core: SessionCore
    private var wire: SessionWire?
    private var isConnected = false
    private var rules = ComingBackModel()
    private var isPaired = false
    /// The newest item that came, and of which mailbox.
    private var newest: (seq: UInt64, mailbox: String)?
    /// What it knows of its mailbox.
    private(set) var standing: Standing?
    private var absentSince: Duration?
    private var wasAsked = false

    /// Items that the program has not taken.
    private(set) var items: CircularBuffer<(item: RawItem, mailbox: String, life: Int)> = []
    /// Refs of which `send` has not returned.
    private(set) var waiting: Set<UInt64>
    private(set) var isOver = false

    static let giveUpAfter = Duration.seconds(120)

    struct Standing {
        /// The life of the server that it was last connected to.
        var life: Int
        /// An item was accepted in the room, or came. Without one the room is none to come back to.
        var isUsed = false
    }

    /// - Parameter standing: That of the process which the token is of.
    init(_ seat: SessionSeat, _ world: SessionWorld, resuming token: ResumeToken?, standing: Standing?, seed: UInt64) {
        self.seat = seat
        self.world = world
        self.standing = standing
        self.core = SessionCore(
            sid: token?.sid ?? seat.sid, resuming: token, refFloor: world.wallClock, options: .init(giveUpAfter: Self.giveUpAfter))
        self.core.seed = seed
        self.waiting = Set(token?.unaccepted.map(\.ref) ?? [])
    }

    var isOpen: Bool { self.core.isOpen }
    var isPeerPresent: Bool { self.core.isPeerPresent }
    var deadline: Duration? { self.core.deadline }
    /// Nothing of it is left: no connection, no time that it waits for.
    var isGone: Bool { self.isOver && self.wire == nil && self.core.deadline == nil }
    var currentWire: SessionWire? { self.wire }

    // MARK: - The program

    func start() {
        self.absentSince = self.world.now
        self.tell { $0.start(now: self.world.now) }
    }

    /// The item's ref; nil if it may not be sent now.
    func send(_ payload: [UInt8], to side: SignalingClient.Side) -> UInt64? {
        do throws(ClientError) {
            let ref = try self.core.send(payload, to: side)
            self.waiting.insert(ref)
            self.carryOut()
            return ref
        } catch {
            let mayBe = error.code == .queueFull && self.waiting.count > 100 || self.isOver
            self.world.check(mayBe, "\(self.seat.name): an item is refused while \(self.waiting.count) wait: \(error)")
            return nil
        }
    }

    /// Whether it was taken to be sent.
    func signal(_ frame: RelayedFrame) -> Bool {
        defer { self.carryOut() }
        do throws(ClientError) {
            try self.core.signal(frame, unsent: 0)
            return true
        } catch {
            return false
        }
    }

    /// The program is done with the item that came first.
    func take() -> (item: RawItem, mailbox: String, life: Int)? {
        guard let first = self.items.popFirst() else { return nil }
        self.tell { $0.take(seq: first.item.seq, of: first.mailbox, now: self.world.now) }
        return first
    }

    func look() {
        self.wasAsked = true
        self.tell { $0.check(now: self.world.now) }
        self.wasAsked = false
    }

    func close() { self.tell { $0.close(now: self.world.now) } }

    func timePassed() {
        self.tell { $0.timePassed(now: self.world.now) }
        let isAhead = self.core.deadline.map { $0 > self.world.now } ?? true
        self.world.check(isAhead, "\(self.seat.name): a time that is over stays")
    }

    /// The process ends without a word. What another one needs to go on.
    func die(isDark: Bool) -> ResumeToken {
        if isDark { self.wire?.goDark() }
        self.wire?.abort()
        self.wire = nil
        self.isOver = true
        return self.token()
    }

    func token() -> ResumeToken {
        let token = self.core.resumeToken
        let refs = token.unaccepted.map(\.ref)
        self.world.check(refs == self.waiting.sorted(), "\(self.seat.name): what waits to be accepted is not what was sent")
        return token
    }

    // MARK: - Its connection

    private func hear(_ event: SessionWire.Event, from wire: SessionWire) {
        guard wire === self.wire else { return }
        let now = self.world.now
        switch event {
        case .connected:
            self.isConnected = true
            self.tell { $0.connected(now: now) }
        case .refused(let error):
            self.loseWire()
            self.tell { $0.refused(error, now: now) }
        case .message(let bytes):
            if let delay = Self.delay(named: bytes) { self.rules.goesAway(after: delay) }
            self.tell { $0.received(bytes, now: now) }
        case .ping: self.tell { $0.heard(now: now) }
        case .closed(let code, let reason):
            self.loseWire()
            self.tell { $0.closed(code: code, reason: reason, now: now) }
        }
    }

    private func loseWire() {
        self.wire = nil
        self.isConnected = false
    }

    /// Of a `going_away` frame, as docs/protocol.md spells it.
    private static func delay(named frame: [UInt8]) -> Duration? {
        let head = Array(#"{"type":"going_away","reconnectAfterMs":"#.utf8)
        guard frame.starts(with: head) else { return nil }
        return Int64(String(decoding: frame.dropFirst(head.count).dropLast(), as: UTF8.self)).map { .milliseconds($0) }
    }

    // MARK: - Carrying out

    private func tell(_ body: (inout SessionCore) -> Void) {
        body(&self.core)
        self.carryOut()
    }

    private func carryOut() {
        for action in self.core.takeActions() { self.perform(action) }
        if self.core.isPeerPresent != self.isPaired, !self.isOver { self.fail("who is there is not what was told") }
    }

    private func perform(_ action: SessionCore.Action) {
        if self.isOver, action != .drop { self.fail("something follows the end: \(action)") }
        switch action {
        case .connect: self.connect()
        case .send(let frame):
            guard let wire = self.wire, self.isConnected else { return self.fail("a frame is sent without a connection") }
            wire.send(frame)
        case .drop:
            self.wire?.abort()
            self.loseWire()
        case .close:
            if self.wire == nil { self.fail("what is not open is closed") }
            self.wire?.close()
        case .event(let event): self.note(event)
        case .item(let item, let mailbox):
            if let newest, newest.mailbox == mailbox, item.seq <= newest.seq { self.fail("item \(item.seq) came after \(newest.seq)") }
            self.newest = (item.seq, mailbox)
            self.standing?.isUsed = true
            self.items.append((item, mailbox, self.wire?.life ?? 0))
            self.seat.itemCame(self)
        case .settle(let ref, let error):
            if self.waiting.remove(ref) == nil { self.fail("something is said to be accepted that does not wait") }
            if error == nil { self.standing?.isUsed = true }
            self.seat.settled(ref, error, life: self.wire?.life ?? 0, self)
        case .ended(let error):
            self.isOver = true
            let absence = self.absentSince.map { self.world.now - $0 } ?? .zero
            self.seat.ended(error, hasGivenUp: absence >= Self.giveUpAfter, self)
            self.waiting = []
        }
    }

    private func connect() {
        if self.wire != nil { self.fail("it opens a second connection") }
        if let fault = self.rules.connects(now: self.world.now, wasAsked: self.wasAsked) { self.fail(fault) }
        var random = self.world.fork()
        let wire = SessionWire(self.world, isDark: self.seat.isOffline, seed: random.next())
        self.wire = wire
        wire.tell = { [weak self, unowned wire] in self?.hear($0, from: wire) }
        self.world.open(wire, for: self.seat, &random)
    }

    private func note(_ event: SessionEvent) {
        self.world.note("\(self.seat.name): \(event)")
        switch event {
        case .opened(let resumed):
            self.absentSince = nil
            self.rules.opened(now: self.world.now)
            self.checkOpened(resumed)
        case .reconnecting(let attempt, let delay, let reason):
            if self.absentSince == nil { self.absentSince = self.world.now }
            self.isPaired = false
            if let fault = self.rules.comesBack(attempt: attempt, delay: delay, reason, now: self.world.now) { self.fail(fault) }
            self.seat.lostConnection(self)
        case .paired, .peerLeft:
            if self.isPaired == (event == .paired) { self.fail("\(event) is said twice") }
            self.isPaired = event == .paired
        case .signal(let frame): self.seat.gotSignal(frame, self)
        case .refused(let code, _): if code != "peer_absent" { self.fail("the server refused a frame: \(code)") }
        case .diagnosis: break
        }
    }

    private func checkOpened(_ resumed: Bool) {
        guard let life = self.wire?.life else { return }
        let before = self.standing
        self.standing = Standing(life: life, isUsed: resumed && before?.isUsed == true)
        guard let before else { return }
        if resumed, before.life != life { self.fail("it takes a new mailbox for the one before") }
        if !resumed, before.isUsed, before.life == life { self.fail("it takes its mailbox for a new one") }
    }

    private func fail(_ fault: String) { self.world.fail("\(self.seat.name): \(fault)") }
}
