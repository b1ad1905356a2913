package import ByteStreams
import EngineScripts
package import HTTPServer
package import Logging
import NIOConcurrencyHelpers
import NetworkAddresses
import NodeCore
package import NodeRuntime
package import PassThrough
package import SignalingHTTP
package import SignalingRuntime
package import SignalingWire
import Synchronization
import TimeKeeping

/// Where the rooms of several nodes are: here, or at the node to which a connection is passed.
package final class NodeRooms: RoomPlaces {
    package let node: Node
    let directory: NodeDirectory
    let admission: Admission
    let settings: PassThroughSettings
    let logger: Logger
    private let clock: ServerClock
    private let passedOn = Atomic<Int>(0)
    private let known = NIOLockedValueBox<(key: String, credentials: NodeCredentials)?>(nil)

    package init(
        node: Node, directory: NodeDirectory, admission: Admission, settings: PassThroughSettings, clock: ServerClock, logger: Logger
    ) {
        self.node = node
        self.directory = directory
        self.admission = admission
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    /// Connections that are open here whose rooms are elsewhere.
    package var openPassedOn: Int { self.passedOn.load(ordering: .relaxed) }

    package var isReady: Bool { self.node.isReady(now: self.clock.now()) }

    // MARK: - Requests that other nodes sent

    package func sender(of request: HTTPRequest) -> RequestSender {
        guard NodeCredentials.areClaimed(by: request.head) else { return .client }
        let credentials = self.credentials
        for name in self.node.identity.names {
            if case .passed(let client, let sender) = credentials.verdict(on: request.head, home: name.text), let node = NodeID(sender) {
                return .server(node.number, for: client)
            }
        }
        return .impostor
    }

    /// This node's name, for what it passes on.
    var name: String { self.node.identity.names.first?.text ?? "" }

    /// They change when the nodes get another key.
    var credentials: NodeCredentials {
        let key = self.node.identity.key
        return self.known.withLockedValue { known in
            if let known, known.key == key { return known.credentials }
            let credentials = NodeCredentials(key: Array("nodes \(key)".utf8))
            known = (key, credentials)
            return credentials
        }
    }

    // MARK: - Connections

    package func place(
        _ upgrade: HTTPUpgrade, of request: HTTPRequest, for connection: ConnectionRequest, _ loop: SignalingLoop
    ) throws(Problem) -> HTTPOutcome {
        switch self.node.arrival(for: connection.room, isPassedHere: connection.isPassedHere, now: loop.clock.now()) {
        case .here: return .upgrade(upgrade)
        case .elsewhere:
            return .later(PlacedUpgrade(upgrade, of: request, for: connection, rooms: self, loop))
        case .notHome:
            upgrade.abandoned()
            throw .notHome
        case .unavailable(let retryAfter, let reason):
            upgrade.abandoned()
            throw Self.problem(reason, retryAfter: retryAfter)
        }
    }

    package func giveUp(_ room: RoomID) { self.node.giveUp(room) }

    func passedOnOpened() { self.passedOn.add(1, ordering: .relaxed) }
    func passedOnEnded() { self.passedOn.subtract(1, ordering: .relaxed) }

    static func problem(_ reason: RoomSearch.Reason, retryAfter: TimeSpan) -> Problem {
        let seconds = retryAfter.wholeSeconds
        return switch reason {
        case .draining: .unavailable("the server is shutting down; connect again", retryAfter: seconds)
        case .notANode, .engineAway: .cannotReachStore
        case .enteredAnew: .unavailable("the server has just come back; connect again", retryAfter: seconds)
        case .tooMany: .unavailable("the server has as many rooms as it may; try again later", retryAfter: seconds)
        case .homeSilent, .tooLate, .tooManySteps:
            .unavailable("the node that has this room does not respond; connect again", retryAfter: seconds)
        }
    }

    // MARK: - What operators are told

    package func readiness() throws(Problem) -> String {
        let now = self.clock.now()
        if let reason = self.node.engineFault {
            throw .unavailable("the engine of STORE is away (\(reason)); pairs that are connected go on", retryAfter: 5)
        }
        if let reason = self.node.engineRefusal {
            throw .unavailable("the engine of STORE refuses what is written (\(reason)); pairs that are connected go on", retryAfter: 5)
        }
        guard self.node.isReady(now: now), let name = self.node.identity.names.first else {
            throw .unavailable("this node's lease has lapsed, and is not renewed yet", retryAfter: 1)
        }
        let complaints = self.node.complaints(now: now).map {
            #"{"node":"\#(JSONEscaping.escape($0.from))","reason":"\#(JSONEscaping.escape($0.reason))"}"#
        }
        return #"{"ready":true,"engine":"up","node":"\#(name.text)","nodes":\#(self.node.others.count + 1),"#
            + #""unreachedBy":[\#(complaints.joined(separator: ","))]}"#
    }
}
