/// The sending end of mailboxes: each item is stored once, however often the connection is lost meanwhile.
struct Outbox: Sendable {
    static let limit = BoundedQueue<Void>.Limit(count: 1000, bytes: 4 << 20)
    /// The server recognizes a repeated ref if it is at most this far below the newest.
    private static let refWindow: UInt64 = 1024
    /// 2^53 - 1, as JavaScript has it.
    static let largestRef: UInt64 = 9_007_199_254_740_991

    private struct Entry: Sendable {
        var ref: UInt64
        var to: Side
        var payload: [UInt8]
    }

    /// In the order of their refs.
    private var unaccepted: [Entry] = []
    private var bytes = 0
    private(set) var lastRef: UInt64

    /// Items of an earlier process have refs up to this one. Until they are settled, later ones are not sent: their refs are further ahead
    /// than the server's memory of refs reaches.
    private let resumedUpTo: UInt64

    /// What a token may be behind the session that made it: refs that were used since must not be used for something else.
    private static let unknown: UInt64 = 1_000_000

    /// Refs begin behind `floor`, which is made of the time: the server takes a ref for a repetition unless it is higher than all before it
    /// under the same sid.
    init(floor: UInt64, resuming token: ResumeToken? = nil) {
        self.lastRef = max(floor, token.map { min($0.lastRef, Self.largestRef) + Self.unknown } ?? 0)
        self.unaccepted = (token?.unaccepted ?? []).map { Entry(ref: $0.ref, to: $0.to, payload: Array($0.payload.utf8)) }
        self.resumedUpTo = self.unaccepted.last?.ref ?? 0
        self.bytes = self.unaccepted.reduce(0) { $0 + $1.payload.count }
    }

    private var isHeldBack: Bool { self.unaccepted.first.map { $0.ref <= self.resumedUpTo } ?? false }

    /// The frame, under its ref; nil if it is not to be sent yet.
    mutating func add(to side: Side, payload: [UInt8], largest: Int) throws(ClientError) -> (ref: UInt64, frame: [UInt8]?) {
        let ref = self.lastRef + 1
        if let oldest = self.unaccepted.first(where: { $0.ref > self.resumedUpTo })?.ref, ref - oldest > Self.refWindow {
            throw ClientError(.queueFull, "a message that was sent \(Self.refWindow) before this one is not accepted yet")
        }
        guard ref <= Self.largestRef else { throw ClientError(.queueFull, "this session has no number left for an item") }
        let frame = SentFrame.send(to: side, payload: payload, ref: ref)
        guard frame.count <= largest else { throw ClientError.tooBig(frame.count, largest) }
        guard self.unaccepted.count < Self.limit.count, self.bytes + payload.count <= Self.limit.bytes else {
            throw ClientError(.queueFull, "at most \(Self.limit.count) items and \(Self.limit.bytes) bytes may wait")
        }
        let isHeldBack = self.isHeldBack
        self.unaccepted.append(Entry(ref: ref, to: side, payload: payload))
        self.bytes += payload.count
        self.lastRef = ref
        return (ref, isHeldBack ? nil : frame)
    }

    /// What may not have arrived, to be sent on a new connection.
    var frames: [[UInt8]] {
        let isHeldBack = self.isHeldBack
        return self.unaccepted.lazy.filter { !isHeldBack || $0.ref <= self.resumedUpTo }
            .map { SentFrame.send(to: $0.to, payload: $0.payload, ref: $0.ref) }
    }

    /// The server has stored an item, or refused it. Nil for one that nobody waits for; else the frames that may be sent now.
    mutating func settle(ref: UInt64) -> [[UInt8]]? {
        var low = 0
        var high = self.unaccepted.count
        while low < high {
            let middle = (low + high) / 2
            if self.unaccepted[middle].ref < ref { low = middle + 1 } else { high = middle }
        }
        guard low < self.unaccepted.count, self.unaccepted[low].ref == ref else { return nil }
        let wasHeldBack = self.isHeldBack
        self.bytes -= self.unaccepted.remove(at: low).payload.count
        return wasHeldBack && !self.isHeldBack ? self.frames : []
    }

    var tokens: [ResumeToken.Unaccepted] {
        self.unaccepted.map { .init(ref: $0.ref, to: $0.to, payload: String(decoding: $0.payload, as: UTF8.self)) }
    }
}

extension ClientError {
    static func tooBig(_ bytes: Int, _ largest: Int) -> ClientError {
        ClientError(.messageTooBig, "\(bytes) bytes; the server takes \(largest)")
    }
}
