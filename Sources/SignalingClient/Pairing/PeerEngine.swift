/// A WebRTC library, as a pairing uses it: one connection of it, with one data channel that both sides negotiated beforehand (id 0).
///
/// A pairing calls one method at a time and waits for it, but for `statistics()`, `close()` and those of the channel.
public protocol PeerEngine: Sendable {
    associatedtype Events: AsyncSequence & Sendable where Events.Element == PeerEvent

    /// What happens by itself. It is read from the pairing's beginning to its end, by one loop.
    var events: Events { get }
    var channel: any PeerDataChannel { get }

    /// Makes an offer, sets it as the local description, and returns its text.
    func makeOffer() async throws -> String
    /// The same of an answer to the offer that was applied last.
    func makeAnswer() async throws -> String
    /// The local description's text, with the candidates that were found meanwhile; nil if there is none.
    func localDescription() async throws -> String?
    /// Sets the other side's description. An offer that comes while an own one has no answer takes its place: the engine rolls back.
    ///
    /// It must refuse whoever then shows another certificate than the description's fingerprint says: verified pairing rests on that.
    func apply(_ kind: PairDescription.Kind, sdp: String) async throws
    /// A candidate of the other side's, or the end of them. One of an earlier ICE generation may be refused.
    func add(_ candidate: ICECandidate?) async throws
    /// The next offer shall begin ICE anew. If it throws, the next offer is made all the same.
    func restartICE() async throws
    /// From the next gathering on, these STUN and TURN servers take the place of those before. One that the library refuses is left out.
    func setICEServers(_ servers: [ICEServer]) async throws
    /// What is known about the way between the two; called often.
    func statistics() async -> PeerStatistics
    /// Ends everything, `events` and the channel included.
    func close() async
}

extension PeerEngine {
    /// For an engine that keeps its servers: an ICE restart is then made with the first ones, and a relay refuses those that have expired.
    public func setICEServers(_ servers: [ICEServer]) async throws {}
}

public enum PeerEvent: Sendable, Hashable {
    /// A candidate of this side's; nil when there are no more.
    case candidate(ICECandidate?)
    /// An error while candidates were gathered, such as 701.
    case candidateError(Int)
    /// Something has to be negotiated: media that was added, or an offer that was rolled back.
    case negotiationNeeded
    case state(PeerState)
    case channelOpened
    case channelClosed
}

/// As `connectionState` of RTCPeerConnection.
public enum PeerState: String, Sendable, Hashable {
    case new, connecting, connected, disconnected, failed, closed
}

/// A channel of bytes, whose messages stay apart.
public protocol PeerDataChannel: Sendable {
    /// Returns when the message is on its way, and not before the channel has room for more.
    func send(_ message: [UInt8]) async throws
    /// The next message, or nil when the channel is closed. What nobody asks for stops the other side.
    func receive() async throws -> [UInt8]?
}

/// For reports and for the diagnosis. What a library does not tell stays as it is.
public struct PeerStatistics: Sendable, Hashable {
    public struct Selected: Sendable, Hashable {
        /// `host`, `srflx`, `prflx` or `relay`.
        public var local: String
        public var remote: String
        public var transport: String
        /// How this side reaches its relay.
        public var relayTransport: String?

        public init(local: String, remote: String, transport: String, relayTransport: String? = nil) {
            self.local = local
            self.remote = remote
            self.transport = transport
            self.relayTransport = relayTransport
        }
    }

    /// How many pairs of candidates were checked so far.
    public var pairs = 0
    /// Candidates that were found by checks, of each side.
    public var localPeerReflexive = 0
    public var remotePeerReflexive = 0
    public var selected: Selected?
    /// States as RTCDtlsTransport and `iceConnectionState` have them.
    public var dtls: String?
    public var ice: String?
    /// URLs of servers that the engine was given.
    public var stunServers = 0
    public var turnServers = 0

    public init() {}
}
