import NIOCore
import NetworkAddresses
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// One connection: the client's end of it, the server's stream and connection, and what the contract says must come out.
final class Link {
    let id: ConnectionID
    let client: Int
    let address: ClientAddress
    let room: RoomModel
    let side: Side
    /// Nil where the request had no `sid` parameter.
    let sid: String?
    /// It has shown its side's token.
    let hasToken: Bool
    let loop: Int
    let stream: MemoryStream
    /// From its beginning on.
    var connection: WebSocketConnection?
    let openedAt: MonotonicTime
    /// As it was when its room was last looked at for its sake.
    var lastProgress = WebSocketConnection.Progress.held

    // The client
    var wire = ClientWire()
    var random: SplitMix64
    var isStalled = false
    /// It is gone without a word: nothing is read or written any more.
    var isVanished = false
    var respondsToPings = true
    var hasSentClose = false
    /// The close frame of the client was read: nothing after it counts.
    var isConsumed = false
    /// How far the model has followed what the server has dealt with.
    var consumedBytes = 0
    /// How much of it was dealt with when the other side went to another, or to nobody, which the model has yet to follow.
    var handledAtChange: Int?
    var relayed = 0
    var itemsSent = 0

    // What it received
    var inbound = ByteBuffer()
    var isUpgraded = false
    var isPaired = false
    var lastSeq: UInt64 = 0
    var receivedClose: UInt16?
    var sawGoingAway = false

    // What it must receive
    var expected: CircularBuffer<Expected> = []
    var expectedBytes = 0
    /// A diagnosis that only somebody may get who leaves in the same turn as the other.
    var unexplained: String?
    /// Both sides changed at once and who was first is unknown: only the alternation of presence frames is checked.
    var isPresenceLoose = false
    var responses: CircularBuffer<Response> = []
    /// Its `hello` asked which mailbox this is, and delivery began with it: the response comes before any item.
    var awaitsMailbox = false
    var pongs: CircularBuffer<ByteBuffer> = []
    var isListening = false
    var seatedAck: UInt64 = 0
    /// What waits for a peer that is not there.
    var held: [(FrameKind, ByteBuffer, Opcode)] = []
    var heldBytes = 0
    var telemetryWindow = (end: MonotonicTime(nanoseconds: .min), count: 0)
    var refusalWindow = (end: MonotonicTime(nanoseconds: .min), count: 0)
    /// Since when the server has a message of its that is not whole, and which one: how much it had handled then.
    var unfinished: (since: MonotonicTime, handled: Int)?

    // What may end it
    var isWaiting = false
    /// The server was given something it must close the connection for.
    var violation: CloseCode?
    /// What came along with its request broke the protocol, or seems to, and the server had no more than a part of it.
    var beganBadly = false
    var mayBeRefused: CloseCode?
    /// The server's bound on parts of messages was within reach.
    var mayBeFull = false
    /// The server gave up waiting for it at the end of its shutdown.
    var isAborted = false
    var wasReplaced = false
    /// It came while another with its sid held the side.
    var tookOver = false
    /// It was the first to show its side's token: whoever had the side without goes at once.
    var locks = false
    var challengedAt: MonotonicTime?
    var lastHeard: MonotonicTime
    var longestSilence = TimeSpan(nanoseconds: 0)
    var lastTaken: MonotonicTime
    var longestStall = TimeSpan(nanoseconds: 0)
    /// The client ended it, by a close frame, an end or a reset.
    var endedByClient = false

    /// What the client is sent before all else.
    static let upgradeResponse = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")

    init(
        id: ConnectionID, client: Int, address: ClientAddress, room: RoomModel, side: Side, sid: String?, hasToken: Bool, loop: Int,
        stream: MemoryStream, now: MonotonicTime
    ) {
        self.id = id
        self.client = client
        self.address = address
        self.room = room
        self.side = side
        self.sid = sid
        self.hasToken = hasToken
        self.loop = loop
        self.stream = stream
        self.random = SplitMix64(seed: id.rawValue)
        self.openedAt = now
        self.lastHeard = now
        self.lastTaken = now
    }

    var name: String { "connection \(self.id.rawValue) (client \(self.client), side \(self.side.name))" }

    /// Where the server's end of it stands.
    var progress: WebSocketConnection.Progress { self.connection?.progress ?? .over }
    /// What the server has read of it and not dealt with: it waits for somebody whom it sends to.
    var isKept: Bool { self.stream.isOpen && (self.connection?.bytesHandled ?? 0) < self.stream.bytesRead }
    /// Whether the client reads and responds as it should.
    var isResponsive: Bool { !self.isVanished && !self.isStalled }
    /// Nothing can come of it any more, on either end.
    var isOver: Bool { !self.stream.isOpen && (self.isVanished || self.endedByClient || self.stream.sent.readableBytes == 0) }

    func expect(_ item: Expected) {
        self.expected.append(item)
        if case .relay(let payload, _) = item { self.expectedBytes += payload.readableBytes }
    }

    /// The last of what it has yet to receive, of which it hears nothing more. Diagnoses may come among frames at another place than here.
    func takeRest(diagnoses: Int, others: Int) -> [Expected] {
        var (diagnoses, others) = (diagnoses, others)
        var rest: [Expected] = []
        var kept: [Expected] = []
        for item in self.expected.reversed() {
            let isTaken = item.isDiagnosis ? diagnoses > 0 : others > 0
            if isTaken { rest.append(item) } else { kept.append(item) }
            if isTaken { if item.isDiagnosis { diagnoses -= 1 } else { others -= 1 } }
        }
        self.expected = CircularBuffer(kept.reversed())
        return rest.reversed()
    }

    // MARK: - Time spent in silence

    /// Bytes of the client's were handed to the server.
    func heard(now: MonotonicTime) {
        self.longestSilence = max(self.longestSilence, now - self.lastHeard)
        self.lastHeard = now
    }

    /// The client's socket took bytes.
    func progressed(now: MonotonicTime) {
        self.longestStall = max(self.longestStall, now - self.lastTaken)
        self.lastTaken = now
    }
}
