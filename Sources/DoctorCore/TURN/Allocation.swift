package import NetworkAddresses
import STUNCore

/// The exchange of a client that allocates a relayed address at a TURN server (RFC 8656), and gives it back at once.
package struct Allocation: Sendable {
    package enum Step: Equatable, Sendable {
        case send([UInt8])
        case over(RelayOutcome)
        /// No response to what was sent last.
        case ignored
    }

    private static let allocate: UInt16 = 0x0003
    private static let refresh: UInt16 = 0x0004
    private static let lifetime: UInt16 = 0x000d
    private static let relayedAddress: UInt16 = 0x0016
    private static let requestedTransport: UInt16 = 0x0019
    private static let udp: [UInt8] = [17, 0, 0, 0]
    /// A server whose nonce has just ended names another; one that does so for ever is not followed.
    private static let mostAttempts = 3

    private enum Phase { case unknown, challenged, allocated(RelayOutcome) }

    private let username: String
    private let password: String
    private var transactions: Transactions
    private var phase = Phase.unknown
    private var attempts = 0

    /// - Parameter seed: Random bits, of which transaction IDs are made.
    package init(username: String, password: String, seed: (UInt64, UInt64)) {
        self.username = username
        self.password = password
        self.transactions = Transactions(seed: seed)
    }

    /// What was allocated, should the response to giving it back be lost.
    package var allocated: RelayOutcome? { if case .allocated(let outcome) = self.phase { outcome } else { nil } }

    /// The first request, which says nothing of who asks: the response has the realm.
    package mutating func begin() -> [UInt8] {
        var request = STUNWriter(Self.allocate, transaction: self.transactions.next())
        request.add(Self.requestedTransport, Self.udp)
        return request.bytes
    }

    package mutating func receive(_ message: STUNMessage) -> Step {
        guard message.transaction == self.transactions.current else { return .ignored }
        if case .allocated(let outcome) = self.phase { return .over(outcome) }
        switch message.type {
        case Self.allocate | 0x0100:
            guard let relayed = message.address(Self.relayedAddress) else { return .over(.rejected(code: 0, reason: "no address")) }
            let outcome = RelayOutcome.relayed(relayed, seenAs: message.address(STUNAttribute.xorMappedAddress))
            guard case .challenged = self.phase, let sealed = self.sealed(Self.refresh, self.challenge, [(Self.lifetime, [0, 0, 0, 0])])
            else {
                return .over(outcome)
            }
            self.phase = .allocated(outcome)
            return .send(sealed)
        case Self.allocate | 0x0110:
            guard let (code, reason) = message.error else { return .over(.rejected(code: 0, reason: "an error without a code")) }
            if case .challenged = self.phase, code == 401 { return .over(.rejected(code: code, reason: reason)) }
            guard code == 401 || code == 438, self.attempts < Self.mostAttempts, let realm = message.text(STUNAttribute.realm),
                let nonce = message[STUNAttribute.nonce]
            else { return .over(.rejected(code: code, reason: reason)) }
            self.attempts += 1
            self.phase = .challenged
            self.challenge = Challenge(realm: realm, nonce: nonce)
            return self.sealed(Self.allocate, self.challenge, [(Self.requestedTransport, Self.udp)]).map { .send($0) }
                ?? .over(.rejected(code: code, reason: reason))
        default: return .ignored
        }
    }

    // MARK: - Requests of somebody who is known

    private struct Challenge {
        var realm: String
        var nonce: [UInt8]
    }

    private var challenge: Challenge?
    /// Bytes of a realm and of a nonce (RFC 8489 sections 14.9 and 14.10); a name has fewer still.
    private static let longest = 763

    private mutating func sealed(_ type: UInt16, _ challenge: Challenge?, _ attributes: [(UInt16, [UInt8])]) -> [UInt8]? {
        guard let challenge, self.username.utf8.count <= Self.longest, challenge.realm.utf8.count <= Self.longest,
            challenge.nonce.count <= Self.longest
        else { return nil }
        var request = STUNWriter(type, transaction: self.transactions.next())
        for (type, value) in attributes { request.add(type, value) }
        request.add(STUNAttribute.username, self.username.utf8)
        request.add(STUNAttribute.realm, challenge.realm.utf8)
        request.add(STUNAttribute.nonce, challenge.nonce)
        request.seal(LongTermCredentials(username: self.username, password: self.password, realm: challenge.realm))
        return request.bytes
    }
}

/// IDs of requests, one after the other: 96 bits, the last of which count.
package struct Transactions: Sendable {
    private let high: UInt64
    private var low: UInt32
    package private(set) var current: [UInt8] = []

    package init(seed: (UInt64, UInt64)) {
        self.high = seed.0
        self.low = UInt32(truncatingIfNeeded: seed.1)
    }

    package mutating func next() -> [UInt8] {
        self.low &+= 1
        self.current = []
        self.current.append(bigEndian: self.high)
        self.current.append(bigEndian: self.low)
        return self.current
    }
}

/// What came of asking a TURN server for an address.
package enum RelayOutcome: Equatable, Sendable {
    case relayed(ClientAddress, seenAs: ClientAddress?)
    case rejected(code: Int, reason: String)
    case unanswered
    case unreachable(String)
}

/// What came of asking a STUN server who one is.
package enum MappingOutcome: Equatable, Sendable {
    case mapped(ClientAddress)
    case rejected(String)
    case unanswered
    case unreachable(String)
}
