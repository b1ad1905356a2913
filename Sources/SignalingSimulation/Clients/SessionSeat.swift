import NetworkAddresses
import SignalingClient
import SignalingTestKit
import SignalingWire

/// A program at one side of a room, with one process after the other: what it has sent and got, through all of them.
final class SessionSeat {
    let room: RoomID
    let side: SignalingClient.Side
    let address: ClientAddress
    private unowned let world: SessionWorld
    unowned var other: SessionSeat?

    private(set) var host: SessionHost?
    /// The process before, whose place the one that is now has taken and who may not know yet.
    private(set) var former: SessionHost?
    var isOffline = false
    private var isClosing = false

    /// To side A and to side B.
    private var toA = DeliveryModel()
    private var toB = DeliveryModel()
    /// Items that wait to be accepted.
    private var sent: [UInt64: (to: SignalingClient.Side, number: Int)] = [:]
    private var signals: [[UInt8]] = []
    /// The newest of the other side's.
    private var newestSignal = -1

    init(_ world: SessionWorld, room: RoomID, side: SignalingClient.Side, address: ClientAddress) {
        self.world = world
        self.room = room
        self.side = side
        self.address = address
    }

    var name: String { "session \(self.room.low & 0xFFFF)\(self.side.rawValue)" }
    var sid: String { "sid-\(self.side.rawValue)" }
    var itemsSent: Int { self.toA.count + self.toB.count }
    var hosts: [SessionHost] { [self.host, self.former].compactMap { $0 } }

    private func model(_ to: SignalingClient.Side) -> ReferenceWritableKeyPath<SessionSeat, DeliveryModel> {
        to == .a ? \.toA : \.toB
    }

    // MARK: - Processes

    func start(resuming token: ResumeToken? = nil, standing: SessionHost.Standing? = nil) {
        var random = self.world.fork()
        let host = SessionHost(self, self.world, resuming: token, standing: standing, seed: random.next())
        self.host = host
        host.start()
    }

    /// The process ends in the midst of what it does; another goes on after a while.
    func kill(isDark: Bool, after delay: Int64) {
        guard let host = self.host, !host.isOver else { return }
        let standing = host.standing
        let token = host.die(isDark: isDark)
        self.host = nil
        self.goOn(token, standing, after: delay)
    }

    /// The process leaves as one should; another goes on after a while.
    func leave(after delay: Int64) {
        guard let host = self.host, !host.isOver else { return }
        let standing = host.standing
        let token = host.token()
        self.retire(host)
        self.host = nil
        host.close()
        self.goOn(token, standing, after: delay)
    }

    /// Another process takes its place while it is there.
    func takeOver() {
        guard let host = self.host, host.isOpen, self.former == nil else { return }
        self.retire(host)
        self.start(resuming: host.token(), standing: host.standing)
    }

    private func retire(_ host: SessionHost) {
        if let former = self.former, !former.isOver { _ = former.die(isDark: false) }
        self.former = host
    }

    private func goOn(_ token: ResumeToken, _ standing: SessionHost.Standing?, after delay: Int64) {
        self.world.plan(after: delay) { [unowned self] in
            if self.host == nil, !self.isClosing { self.start(resuming: token, standing: standing) }
        }
    }

    func close() {
        self.isClosing = true
        self.host?.close()
    }

    /// Two that lose their connections by turns would take each other's place for ever.
    func lostConnection(_ host: SessionHost) {
        guard host === self.former else { return }
        self.world.plan(after: 0) { [unowned self] in
            guard let former = self.former, former === host, !former.isOver else { return }
            _ = former.die(isDark: false)
            self.former = nil
        }
    }

    func ended(_ error: ClientError?, hasGivenUp: Bool, _ host: SessionHost) {
        guard host === self.host else {
            return self.world.check(error == nil || error?.code == .replaced, "\(self.name): its former process ends: \(error as Any)")
        }
        if self.isClosing { return self.world.check(error == nil, "\(self.name): closed, it ends: \(error as Any)") }
        self.world.check(error != nil && hasGivenUp, "\(self.name): it ends by itself: \(error as Any)")
        self.host = nil
        self.goOn(host.token(), host.standing, after: 5_000_000_000)
    }

    func forgetFormer() { if self.former?.isGone == true { self.former = nil } }

    // MARK: - Items

    func send(size: Int, toItself: Bool) {
        guard let host = self.host else { return }
        let to = toItself ? self.side : self.side.other
        let number = self[keyPath: self.model(to)].count
        let pad = String(repeating: "x", count: size)
        let payload = Array(#"{"from":"\#(self.side.rawValue)","to":"\#(to.rawValue)","n":\#(number),"pad":"\#(pad)"}"#.utf8)
        guard let ref = host.send(payload, to: to) else { return }
        _ = self[keyPath: self.model(to)].send(payload)
        self.sent[ref] = (to, number)
    }

    func settled(_ ref: UInt64, _ error: ClientError?, life: Int, _ host: SessionHost) {
        guard host === self.host else { return }
        guard let item = self.sent.removeValue(forKey: ref) else { return self.fail("an outcome is told twice") }
        if let error, error.code != .mailboxFull { self.fail("an item is refused: \(error)") }
        let fate = error == nil ? DeliveryModel.Fate.accepted(life: life) : .refused(life: life)
        let fault = self[keyPath: self.model(item.to)].settle(item.number, fate)
        if let fault { self.fail("to \(item.to.rawValue): \(fault)") }
    }

    func itemCame(_ host: SessionHost) {
        guard self.world.isCalm, host === self.host else { return }
        self.world.plan(after: 1_000_000) { [unowned self] in self.take(most: .max) }
    }

    func take(most: Int) {
        for _ in 0..<most {
            guard let (item, mailbox, life) = self.host?.take() else { return }
            guard let (from, number) = Self.read(item.json), let sender = from == self.side ? self : self.other else {
                return self.fail("item \(item.seq) is none that was sent")
            }
            if let fault = sender[keyPath: self.model(self.side)].get(number, item.json, life: life, mailbox: mailbox) {
                self.fail("from \(from.rawValue): \(fault)")
            }
        }
    }

    /// Who sent an item, and its number.
    private static func read(_ payload: [UInt8]) -> (SignalingClient.Side, Int)? {
        let head = Array(#"{"from":"A","to":"B","n":"#.utf8)
        guard payload.count > head.count, let from = SignalingClient.Side(rawValue: String(decoding: payload[9...9], as: UTF8.self)) else {
            return nil
        }
        let digits = payload[head.count...].prefix { $0 != UInt8(ascii: ",") }
        return Int(String(decoding: digits, as: UTF8.self)).map { (from, $0) }
    }

    // MARK: - Signals

    func signal() {
        guard let host = self.host, !host.isOver else { return }
        let type = ["offer", "answer", "ice", "sender_ready"][self.signals.count % 4]
        let text = Array(#"{"type":"\#(type)","n":\#(self.signals.count)}"#.utf8)
        guard let frame = try? RelayedFrame(json: text) else { return self.fail("a frame is none: \(type)") }
        if host.signal(frame) { self.signals.append(text) }
    }

    func gotSignal(_ frame: RelayedFrame, _ host: SessionHost) {
        guard host === self.host, let other = self.other else { return }
        guard let number = other.signals.indices.reversed().first(where: { other.signals[$0] == frame.json }) else {
            return self.fail("a frame came that was never sent")
        }
        if number <= self.newestSignal { self.fail("frame \(number) came after \(self.newestSignal)") }
        self.newestSignal = number
    }

    /// Whether the newest frame of the other side has come.
    var hasNewestSignal: Bool { self.newestSignal + 1 == self.other?.signals.count }

    // MARK: - At rest

    /// What is not as it has to be when everything had time; nil: nothing.
    func unrest(life: Int) -> String? {
        guard let host = self.host else { return "no process" }
        if !host.isOpen { return "not connected" }
        if host.currentWire?.isDead != false { return "on a connection that is dead" }
        if !host.isPeerPresent { return "not paired" }
        if !host.waiting.isEmpty { return "\(host.waiting.count) items wait to be accepted" }
        if !host.items.isEmpty { return "\(host.items.count) items wait for the program" }
        for (to, model) in [("A", self.toA), ("B", self.toB)] {
            if let missing = model.firstMissing(life: life) { return "item \(missing) for \(to) was accepted and did not come" }
        }
        return nil
    }

    func checkRest() {
        self.world.check(self.sent.isEmpty, "\(self.name): \(self.sent.count) items have no outcome")
        if let host = self.host { self.world.check(host.token().unaccepted.isEmpty, "\(self.name): a token has items that were accepted") }
    }

    private func fail(_ fault: String) { self.world.fail("\(self.name): \(fault)") }
}
