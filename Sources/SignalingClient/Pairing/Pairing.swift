/// Connects two peers over a WebRTC library, with a session that their descriptions and candidates go through.
public enum Pairing {
    /// What the two sides have to know each other by.
    public struct Verification: Sendable {
        enum Kind: Sendable {
            case none
            case sixDigits(any VerifiedPairingCrypto)
            case secrets([Secret], SpentSecrets, any VerifiedPairingCrypto)
        }

        let kind: Kind

        /// Whoever has redeemed the code is the peer; a server can be in the middle.
        public static let none = Verification(kind: .none)

        /// Six digits come with ``PairingEvent/sixDigits(_:)``, for the two people to compare.
        public static func sixDigits(_ crypto: any VerifiedPairingCrypto) -> Verification { Verification(kind: .sixDigits(crypto)) }

        /// The other side proves that it has one of these, or nothing is connected. `spent` is the same for the whole process.
        public static func secrets(_ secrets: [Secret], spent: SpentSecrets, crypto: any VerifiedPairingCrypto) -> Verification {
            Verification(kind: .secrets(secrets, spent, crypto))
        }
    }

    public struct Options: Sendable {
        public var verification = Verification.none
        public var limits = PairingLimits()
        /// Fresh STUN and TURN servers; nil for an engine whose servers do not expire.
        public var iceServers: ICEServerRenewal?
        /// Called from the tasks of the pairing, one call after the other; returns soon.
        public var onEvent: @Sendable (PairingEvent) -> Void = { _ in }

        public init() {}
    }

    /// Connects this side with the other one, and runs `body` with the link. When that returns or throws, the link is closed, and all tasks
    /// of the pairing have ended; the channel's session is its owner's to end.
    ///
    /// A link heals by itself: ICE is restarted when the way is lost. If no other is found, or the other side closes the link, `body` goes on,
    /// its channel ends, and ``Link/error`` says why.
    public static func withLink<Result>(
        over channel: some SignalingChannel, engine: some PeerEngine, options: Options = Options(), surroundings: Surroundings = .system,
        isolation: isolated (any Actor)? = #isolation, _ body: (Link) async throws -> Result
    ) async throws -> Result {
        let proof = try Self.proof(options.verification, side: channel.side, room: channel.roomID)
        let core = PairingCore(side: channel.side, proof: proof, limits: options.limits, servers: ICEServerLife(options.iceServers))
        let run = PairingRun(core: core, channel: channel, engine: engine, surroundings: surroundings, options: options)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await run.run() }
            let outcome: Swift.Result<Result, any Error>
            do {
                try await run.connected()
                outcome = .success(try await body(Link(run: run, channel: LinkChannel(run: run, channel: engine.channel))))
            } catch {
                outcome = .failure(error)
            }
            run.close()
            try? await group.waitForAll()
            return try outcome.get()
        }
    }

    private static func proof(_ verification: Verification, side: Side, room: String) throws(ClientError) -> PeerProof {
        do {
            switch verification.kind {
            case .none: return .none
            case .sixDigits(let crypto): return .compared(try SixDigits(side: side, room: room, crypto: crypto))
            case .secrets(let secrets, let spent, let crypto):
                return .sealed(try VerifiedPairing(side: side, room: room, secrets: secrets, spent: spent, crypto: crypto))
            }
        } catch {
            throw error.clientError
        }
    }
}

/// Two peers that are connected.
public struct Link: Sendable {
    let run: any RunningPairing
    /// Reaches the other side, and nobody else. When its messages end, ``error`` says why.
    public let channel: any PeerDataChannel

    /// Which of its secrets the other side has proved to know; nil where none was asked for.
    public var verified: Secret.Kind? { self.run.proof.verified }
    /// For the two people to compare; nil where there are none.
    public var sixDigits: String? { self.run.proof.sixDigits }

    /// Why the link has ended; nil while it lives.
    public var error: ClientError? { self.run.error }

    /// The network has changed: finds a new way.
    public func restart() { self.run.restart() }
}

protocol RunningPairing: Sendable {
    var proof: PeerProof { get }
    var error: ClientError? { get }
    func restart()
    /// The channel has no further message.
    func channelEnded()
}

/// The engine's channel. Its end and the engine's word of it come by different tasks, and whoever reads shall find the link's error.
private struct LinkChannel: PeerDataChannel {
    let run: any RunningPairing
    let channel: any PeerDataChannel

    func send(_ message: [UInt8]) async throws { try await self.channel.send(message) }

    func receive() async throws -> [UInt8]? {
        let message = try await self.channel.receive()
        if message == nil { self.run.channelEnded() }
        return message
    }
}
