import Foundation
import RawLoad

/// Opens rooms of two connections each, some at a time, until both sides of each have their room_full.
final class RoomOpener: RawClient {
    let count: Int
    /// Those of room n are at 2n and 2n + 1.
    private(set) var connections: [RawConnection?]
    let appIDs: [[UInt8]]
    private(set) var faults = FrameFaults()
    private let loop: RawLoop
    private let places: NodePlaces
    private let requests: Requests
    private let sid: [UInt8]
    private var isFull: [Bool]
    private var begun = 0
    private var full = 0

    private static let atOnce = 128
    private static let patience = 180.0

    init(_ loop: RawLoop, _ places: NodePlaces? = nil, rooms: Int, sid: [UInt8] = []) {
        self.loop = loop
        self.places = places ?? NodePlaces(loop.server)
        self.sid = sid
        self.count = rooms
        self.connections = Array(repeating: nil, count: 2 * rooms)
        self.isFull = Array(repeating: false, count: 2 * rooms)
        // Anybody who knows a UUID may open a room: none is minted here.
        self.appIDs = (0..<rooms).map { _ in Array(UUID().uuidString.lowercased().utf8) }
        self.requests = Requests(loop.server, keepAlive: true)
    }

    /// Returns once all are open. The loop has another client then, who takes the connections over.
    func open(next client: any RawClient, _ progress: Progress) throws {
        self.loop.client = self
        self.more()
        try self.loop.run(seconds: Self.patience) {
            if progress.isDue(self.loop.now) { progress.show("\(self.full.grouped) of \(self.count.grouped) rooms are open") }
            return self.full == self.count
        }
        self.loop.client = client
        guard self.full == self.count else { throw RawFailure.gaveUp("only \(self.full) of \(self.count) rooms opened") }
    }

    private func more() {
        while self.begun < self.count, self.begun - self.full < Self.atOnce {
            self.begun += 1
            self.dial(self.begun - 1, side: 0)
        }
    }

    private func dial(_ room: Int, side: Int) {
        do {
            let node = self.places.address(room: room, side: side)
            guard case .connection(let connection) = try self.loop.dial(.upgrading, to: node, owner: room, side: side) else {
                throw RawFailure.gaveUp("a connection was refused while rooms were opened")
            }
            self.connections[2 * room + side] = connection
            self.loop.send(self.requests.upgrade(self.appIDs[room], side: side, sid: self.sid), on: connection)
        } catch { self.loop.stop(error) }
    }

    func upgraded(_ connection: RawConnection) {
        if connection.side == 0 { self.dial(connection.owner, side: 1) }
    }

    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {
        guard FrameType(payload) == .roomFull else {
            self.faults.ignored += 1
            return
        }
        let place = 2 * connection.owner + connection.side
        if self.isFull[place] {
            self.faults.duplicated += 1
            return
        }
        self.isFull[place] = true
        guard self.isFull[place ^ 1] else { return }
        self.full += 1
        self.more()
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.loop.stop(RawFailure.gaveUp("a connection was lost while rooms were opened (\(self.full) of \(self.count) open): \(end)"))
    }
}
