import Foundation
import LoadClients
import RawLoad
import ServerUnderTest

/// Makes the calls of pairings or of items directly, many in a pipeline on each of some connections, so that the engine never waits.
final class EngineLoad {
    enum Unit: String { case pairing, item }

    /// A connection, and what is under way on it: so many pairings at the same step, or items of so many rooms.
    private final class Lane {
        let client: EngineClient
        let places: [String]
        var step = 0
        var round = 0
        var codes: [String] = []
        var epochs: [String] = []

        init(client: EngineClient, places: [String]) {
            self.client = client
            self.places = places
        }
    }

    private let calls: RecordedCalls
    private let unit: Unit
    private var lanes: [Lane] = []
    private var random = SplitMix64(seed: 1)
    private(set) var done = 0

    init(_ calls: RecordedCalls, _ unit: Unit, port: Int, lanes: Int, inPipeline: Int) throws {
        self.calls = calls
        self.unit = unit
        self.lanes = try (0..<lanes).map { _ in
            Lane(client: try EngineClient(port: port), places: (0..<inPipeline).map { _ in UUID().uuidString.lowercased() })
        }
    }

    /// Before `run` for the first time: items need rooms that have a home.
    func begin() throws {
        for lane in self.lanes {
            if self.unit == .item {
                try self.send(lane) { room, _ in self.claim(self.calls.claims.home, room) }
                lane.epochs = try self.replies(lane) { $0[1]?.text }
            }
            try self.next(lane)
        }
    }

    func run(until deadline: UInt64) throws {
        while MonotonicClock.now < deadline {
            for lane in self.lanes {
                try self.read(lane)
                try self.next(lane)
            }
        }
    }

    /// Reads what is under way.
    func finish() throws { for lane in self.lanes { try self.read(lane) } }

    // MARK: - Calls

    private func claim(_ call: RecordedCall, _ room: String) -> [UInt8] { call.command(replacing: self.calls.pairingRoom, by: room) }

    /// Each pairing has a room and a request of its own: what belongs to one is never found by another.
    private func name(_ place: String, _ lane: Lane) -> String { place.dropLast(6) + String(format: "%06x", lane.round & 0xFF_FFFF) }

    private func request(_ room: String) -> String { room.filter { $0 != "-" } }

    private func send(_ lane: Lane, _ command: (String, Int) -> [UInt8]) throws {
        var bytes: [UInt8] = []
        for (index, place) in lane.places.enumerated() { bytes += command(self.unit == .item ? place : self.name(place, lane), index) }
        try lane.client.send(bytes)
    }

    private func next(_ lane: Lane) throws {
        let calls = self.calls
        switch (self.unit, lane.step) {
        case (.pairing, 0):
            lane.round += 1
            try self.send(lane) { room, _ in
                let draws = (RecordedCalls.draws..<calls.mint.arguments.count).map { ($0, "\(self.random.next() >> 11)") }
                return calls.mint.command(replacing: calls.pairingRoom, by: room, arguments: Dictionary(draws) { $1 })
            }
        case (.pairing, 1):
            try self.send(lane) { room, index in
                calls.redeem.command(
                    replacing: calls.request, by: self.request(room), arguments: [RecordedCalls.code: lane.codes[index]])
            }
        case (.pairing, 2): try self.send(lane) { room, _ in self.claim(calls.claims.home, room) }
        case (.pairing, 3): try self.send(lane) { room, _ in self.claim(calls.claims.other, room) }
        case (.pairing, _):
            try self.send(lane) { room, index in
                calls.release.command(
                    replacing: calls.pairingRoom, by: room, arguments: [RecordedCalls.epoch: lane.epochs[index]])
            }
        case (.item, 0):
            lane.round += 1
            try self.send(lane) { room, index in
                calls.store.command(
                    replacing: calls.itemRoom, by: room,
                    arguments: [RecordedCalls.epoch: lane.epochs[index], RecordedCalls.itemNumber: "\(lane.round)"])
            }
        case (.item, _):
            try self.send(lane) { room, index in
                calls.acknowledge.command(
                    replacing: calls.itemRoom, by: room,
                    arguments: [RecordedCalls.epoch: lane.epochs[index], RecordedCalls.doneNumber: "\(lane.round)"])
            }
        }
    }

    // MARK: - Replies

    private func replies<Value>(_ lane: Lane, _ read: (EngineReply) -> Value?) throws -> [Value] {
        try lane.places.map { _ in
            let reply = try lane.client.reply()
            guard let value = read(reply) else { throw EngineFault("step \(lane.step) of \(self.unit) has a reply like \(reply)") }
            return value
        }
    }

    private func read(_ lane: Lane) throws {
        let last = EngineReply.integer(lane.round)
        switch (self.unit, lane.step) {
        case (.pairing, 0): lane.codes = try self.replies(lane) { $0[0] == .integer(1) ? $0[1]?.text : nil }
        case (.pairing, 1): _ = try self.replies(lane) { $0[0] == .integer(1) ? $0[1]?.text : nil }
        case (.pairing, 2): lane.epochs = try self.replies(lane) { $0[0] == .integer(1) ? $0[1]?.text : nil }
        case (.pairing, 3): _ = try self.replies(lane) { $0[0] == .integer(0) ? $0[1]?.text : nil }
        case (.pairing, _): _ = try self.replies(lane) { $0[0] == .integer(1) ? true : nil }
        case (.item, _): _ = try self.replies(lane) { $0[0] == .integer(1) && $0[1] == last ? true : nil }
        }
        let steps = self.unit == .pairing ? 5 : 2
        lane.step = (lane.step + 1) % steps
        if lane.step == 0 { self.done += lane.places.count }
    }
}
