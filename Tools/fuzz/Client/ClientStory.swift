import SignalingClient
import SignalingTestKit

/// What happens to a session, a line each; the first byte of a line says what:
///
///     +  the attempt at a connection comes about        w  time passes, up to the next deadline
///     -  it is refused, with the status behind it       s  the program sends what follows
///     x  the connection ends, by the code and the       g  the program relays what follows
///        reason behind it                               t  the program takes an item
///     *  what came last comes so many times again       c  the program looks whether the connection lives
///     e  the program ends the session
///
/// Any other line is a message of the server.
struct ClientStory {
    private static let mostRefs = 1_000
    /// Frames kept until the response to `hello`, by docs/swift.md ("Bounds").
    private static let mostEarly = 4_096

    private var core = SessionCore(sid: "s", refFloor: 1)
    private var now = Duration.seconds(1)
    private var hasSocket = false
    private var isAttempted = false
    private var isEnded = false
    private var waiting: Set<UInt64> = []
    private var newest: (seq: UInt64, mailbox: String)?
    private var items: [(seq: UInt64, mailbox: String)] = []
    private var early = 0
    private var last: [UInt8] = []
    private let input: [UInt8]

    static func run(_ input: [UInt8]) throws {
        var story = ClientStory(input: input)
        story.core.start(now: story.now)
        try story.look()
        for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).prefix(200) {
            try story.tell(Array(line))
        }
        story.core.close(now: story.now)
        try story.look()
        for _ in 0..<3 { try story.pass() }
        try story.hold(story.isEnded && story.core.deadline == nil, "something is left of a session that is closed")
    }

    private init(input: [UInt8]) { self.input = input }

    private mutating func tell(_ line: [UInt8]) throws {
        let rest = Array(line.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch line.first {
        case UInt8(ascii: "+"):
            guard self.isAttempted else { return }
            (self.isAttempted, self.hasSocket) = (false, true)
            self.core.connected(now: self.now)
        case UInt8(ascii: "-"):
            guard self.isAttempted else { return }
            self.isAttempted = false
            let response = TransportResponse(status: Int(text) ?? 500, retryAfter: text, body: rest)
            self.core.refused(ServerQuestions.refusal(response, [403: .originRefused]), now: self.now)
        case UInt8(ascii: "x"):
            guard self.hasSocket else { return }
            self.hasSocket = false
            let parts = text.split(separator: " ", maxSplits: 1)
            let code = parts.first.flatMap { UInt16($0) } ?? 1006
            self.core.closed(code: code, reason: parts.count > 1 ? String(parts[1]) : "", now: self.now)
        case UInt8(ascii: "*"):
            let frame = SignalingClient.ReceivedFrame(self.last)
            for _ in 0..<min(Int(text) ?? 1, 5_000) where self.hasSocket { try self.receive(self.last, frame) }
        case UInt8(ascii: "w"): try self.pass()
        case UInt8(ascii: "s"): try self.send(rest)
        case UInt8(ascii: "g"): try self.relay(rest)
        case UInt8(ascii: "t"):
            guard !self.items.isEmpty else { return }
            let item = self.items.removeFirst()
            self.core.take(seq: item.seq, of: item.mailbox, now: self.now)
        case UInt8(ascii: "c"): self.core.check(now: self.now)
        case UInt8(ascii: "e"): self.core.close(now: self.now)
        default:
            self.last = line
            try self.receive(line, try self.read(line))
        }
        try self.look()
    }

    private mutating func receive(_ message: [UInt8], _ frame: SignalingClient.ReceivedFrame?) throws {
        guard self.hasSocket else { return }
        switch frame {
        case .mailbox, .goingAway, nil: break
        default: if !self.core.isOpen { self.early += 1 }
        }
        self.core.received(message, now: self.now)
        try self.look()
        let isKept = self.hasSocket && !self.core.isOpen && !self.isEnded
        try self.hold(!isKept || self.early <= Self.mostEarly, "\(self.early) frames are kept that came before the response to hello")
    }

    /// What is read in a message is what stands there.
    private func read(_ message: [UInt8]) throws -> SignalingClient.ReceivedFrame? {
        guard let frame = SignalingClient.ReceivedFrame(message) else { return nil }
        guard let json = PlainJSON(message), let type = json["type"]?.text?.lowercased() else {
            throw Finding("\(shown(message)) has no type, and is \(frame)")
        }
        let isRight =
            switch frame {
            case .relayed(let frame): frame.type == type && frame.json == message
            case .paired: type == "room_full"
            case .peerLeft: type == "peer_left"
            case .item(let item):
                ["send", "deliver"].contains(type) && json["seq"]?.integer() == item.seq && PlainJSON(item.json) == json["payload"]
            case .mailbox(let id, let upTo):
                type == "mailbox" && json["id"]?.text == id && json["deliveredUpTo"]?.integer() == upTo && id.utf8.count <= 64
            case .accepted(let ref): type == "accepted" && json["ref"]?.integer() == ref
            case .refused(let code, _, let ref):
                type == "error" && json["code"]?.text == code && (ref == nil || json["ref"]?.integer() == ref)
            case .diagnosis(let diagnosis): type == "diagnosis" && json["cause"]?.text == diagnosis.cause
            case .goingAway(let delay): type == "going_away" && json["reconnectAfterMs"]?.integer() == delay
            }
        try expect(isRight, "\(shown(message)) is read as \(frame)")
        return frame
    }

    private mutating func send(_ payload: [UInt8]) throws {
        do throws(ClientError) {
            self.waiting.insert(try self.core.send(payload, to: .b))
        } catch {
            let known: Set<ClientError.Code> = [.invalidArgument, .queueFull, .messageTooBig]
            try self.hold(known.contains(error.code) || self.isEnded, "what is sent is refused as \(error)")
        }
        try self.hold(self.waiting.count <= Self.mostRefs, "\(self.waiting.count) items wait")
    }

    private mutating func relay(_ text: [UInt8]) throws {
        do throws(ClientError) {
            try self.core.signal(try RelayedFrame(json: text), unsent: 0)
        } catch {
            let known: Set<ClientError.Code> = [.invalidArgument, .queueFull, .messageTooBig]
            try self.hold(known.contains(error.code) || self.isEnded, "what is relayed is refused as \(error)")
        }
    }

    private mutating func pass() throws {
        guard let deadline = self.core.deadline else { return }
        // No server makes a client wait for longer than a day.
        try self.hold(deadline - self.now <= .seconds(86_400 + 20), "it waits for \(deadline - self.now)")
        self.now = max(self.now, deadline)
        self.core.timePassed(now: self.now)
        try self.look()
        try self.hold(self.core.deadline.map { $0 > self.now } ?? true, "a time that is over stays")
    }

    /// What the core does about it.
    private mutating func look() throws {
        for action in self.core.takeActions() {
            try self.hold(!self.isEnded || action == .drop, "something follows the end: \(action)")
            switch action {
            case .connect:
                try self.hold(!self.hasSocket && !self.isAttempted, "it opens a second connection")
                self.isAttempted = true
                self.early = 0
            case .send: try self.hold(self.hasSocket, "a frame is sent without a connection")
            case .drop: (self.hasSocket, self.isAttempted) = (false, false)
            case .close: try self.hold(self.hasSocket, "what is not open is closed")
            case .event: break
            case .item(let item, let mailbox):
                if let newest, newest.mailbox == mailbox { try self.hold(item.seq > newest.seq, "item \(item.seq) came twice, or late") }
                self.newest = (item.seq, mailbox)
                self.items.append((item.seq, mailbox))
            case .settle(let ref, let error):
                try self.hold(self.waiting.remove(ref) != nil, "\(ref) is settled, and does not wait")
                let isKnown = error.map { $0.code == .mailboxFull || $0.code == .protocolError } ?? true
                try self.hold(isKnown, "\(ref) is refused as \(error as Any)")
            case .ended(let error):
                self.isEnded = true
                try self.hold(error.map { $0.advice != nil } ?? true, "it ends with \(error as Any)")
            }
        }
    }

    private func hold(_ holds: Bool, _ property: @autoclosure () -> String) throws {
        try expect(holds, "\(property()) in \(shown(self.input))")
    }
}
