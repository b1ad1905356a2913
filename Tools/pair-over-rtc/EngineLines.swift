import Foundation
import SignalingClient

/// What a process with a WebRTC connection is asked for; Tests/Interop/engine_lines.py says what each means.
struct EngineRequest: Encodable {
    var id = 0
    var `do`: String
    var kind: String?
    var sdp: String?
    var candidate: Candidate?
    var servers: [ICEServer]?
    var data: Data?

    init(
        _ what: String, kind: String? = nil, sdp: String? = nil, candidate: Candidate? = nil, servers: [ICEServer]? = nil, data: Data? = nil
    ) {
        self.do = what
        self.kind = kind
        self.sdp = sdp
        self.candidate = candidate
        self.servers = servers
        self.data = data
    }
}

/// What such a process says: the answer to a request, or an event.
struct EngineLine: Decodable {
    var id: Int?
    var error: String?
    var sdp: String?
    var data: Data?
    var statistics: Statistics?

    var event: String?
    var candidate: Candidate?
    var code: Int?
    var state: String?

    /// Nil for one that is not known.
    var peerEvent: PeerEvent? {
        switch self.event {
        case "candidate": .candidate(self.candidate?.peers)
        case "candidateError": self.code.map { .candidateError($0) }
        case "negotiationNeeded": .negotiationNeeded
        case "state": self.state.flatMap(PeerState.init(rawValue:)).map { .state($0) }
        case "channelOpened": .channelOpened
        case "channelClosed": .channelClosed
        default: nil
        }
    }
}

struct Candidate: Codable {
    var candidate: String
    var sdpMid: String?
    var sdpMLineIndex: Int?
    var usernameFragment: String?

    init(_ peers: ICECandidate) {
        self.candidate = peers.candidate
        self.sdpMid = peers.sdpMid
        self.sdpMLineIndex = peers.sdpMLineIndex
        self.usernameFragment = peers.usernameFragment
    }

    var peers: ICECandidate {
        ICECandidate(
            candidate: self.candidate, sdpMid: self.sdpMid, sdpMLineIndex: self.sdpMLineIndex, usernameFragment: self.usernameFragment)
    }
}

struct Statistics: Decodable {
    struct Selected: Decodable {
        var local: String
        var remote: String
        var transport: String
    }

    var pairs: Int
    var dtls: String?
    var ice: String?
    var stunServers: Int
    var turnServers: Int
    var selected: Selected?

    var peers: PeerStatistics {
        var statistics = PeerStatistics()
        statistics.pairs = self.pairs
        statistics.dtls = self.dtls
        statistics.ice = self.ice
        statistics.stunServers = self.stunServers
        statistics.turnServers = self.turnServers
        statistics.selected = self.selected.map { .init(local: $0.local, remote: $0.remote, transport: $0.transport) }
        return statistics
    }
}
