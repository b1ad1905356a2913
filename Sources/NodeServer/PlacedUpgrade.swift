import ByteStreams
import EngineScripts
import HTTPServer
import NodeCore
import NodeRuntime
import PassThrough
import SignalingHTTP
import SignalingRuntime
import SignalingWire
import TimeKeeping

/// A client's upgrade until it is known where its room is: it waits, is granted here, or is passed on; and waits on if the node to which it was
/// passed does not have the room any more.
///
/// `@unchecked Sendable`, for what the node tells: everything is used on the loop of the client's connection only, on which it tells it.
final class PlacedUpgrade: DeferredResponse, @unchecked Sendable {
    private let upgrade: HTTPUpgrade
    private let request: HTTPRequest
    private let client: ConnectionRequest
    private let rooms: NodeRooms
    private let loop: SignalingLoop
    private var search: RoomSearches.SearchID?
    private var response: LateResponse?
    /// What was found while a node was asked whose answer had not come: its time was over before the node's was.
    private var missed: RoomNews?

    init(
        _ upgrade: HTTPUpgrade, of request: HTTPRequest, for client: ConnectionRequest, rooms: NodeRooms, _ loop: SignalingLoop
    ) {
        self.upgrade = upgrade
        self.request = request
        self.client = client
        self.rooms = rooms
        self.loop = loop
    }

    /// Called once more when it waits on.
    func begin(_ response: LateResponse) {
        self.response = response
        if let missed = self.missed.take() { return self.heard(missed) }
        guard self.search == nil else { return }
        self.search = self.rooms.node.find(self.client.room, for: self.client.client, isPassedHere: self.client.isPassedHere, self.loop) {
            self.heard($0)
        }
    }

    func cancelled() { self.giveUp() }

    func hurry() {
        let response = self.response
        self.giveUp()
        response?.respond(.respond(NodeRooms.problem(.draining, retryAfter: TimeSpan.seconds(1)).response))
    }

    private func giveUp() {
        self.response = nil
        if let search { self.rooms.node.cancel(search) }
        self.upgrade.abandoned()
    }

    // MARK: - What the node has found

    private func heard(_ news: RoomNews) {
        // A node is asked just now; or the client has left.
        guard let response = self.response else {
            self.missed = news
            return
        }
        switch news {
        case .here:
            self.response = nil
            response.respond(.upgrade(self.upgrade))
        case .notHome: self.refuse(.notHome)
        case .unavailable(let retryAfter, let reason): self.refuse(NodeRooms.problem(reason, retryAfter: retryAfter))
        case .at(let lease, let limit):
            self.rooms.directory.find(lease, in: self.loop.context) { result in
                guard self.response != nil else { return }
                switch result {
                case .success(let home): self.pass(to: home, within: limit)
                case .failure: self.passed(.unreachable)
                }
            }
        }
    }

    private func refuse(_ problem: Problem) {
        let response = self.response.take()
        self.upgrade.abandoned()
        response?.respond(.respond(problem.response))
    }

    // MARK: - Passing it on

    private func pass(to home: HomeNode, within limit: TimeSpan) {
        var settings = self.rooms.settings
        settings.responseLimit = min(settings.responseLimit, limit)
        settings.connectLimit = min(settings.connectLimit, limit)
        let (rooms, client) = (self.rooms, self.client)
        let passed = PassedUpgrade(
            self.request, by: rooms.name, to: home, rooms.credentials, settings, self.loop.context, judge: { self.judge($0) },
            whenOver: { _ in
                rooms.passedOnEnded()
                rooms.admission.connectionEnded(of: client.client)
            })
        self.response.take()?.respond(.later(passed))
    }

    /// Nil where the client is told what the home says.
    private func judge(_ outcome: HomeOutcome) -> HTTPOutcome? {
        switch outcome {
        case .connected:
            self.rooms.passedOnOpened()
            self.passed(.connected)
            return nil
        // It has not, or not any more, or mistakes this node for another: the room is to be looked for on.
        case .refused(let refusal) where refusal.status == .misdirectedRequest: self.passed(.refusedNotHome)
        case .refused(let refusal) where refusal.status == .forbidden: self.passed(.unreachable)
        case .unreachable, .garbled: self.passed(.unreachable)
        case .tooSlow: self.passed(.tooSlow)
        case .refused:
            self.passed(.connected)
            self.upgrade.abandoned()
            return nil
        case .clientLeft, .draining:
            self.giveUp()
            return nil
        }
        return .later(self)
    }

    private func passed(_ outcome: RoomSearch.PassOutcome) {
        if let search { self.rooms.node.passed(search, outcome, now: self.loop.clock.now()) }
    }
}
