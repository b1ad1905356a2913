import LoadClients
import RawLoad

/// Codes minted and redeemed over kept-alive connections.
final class Codes: SteadyScenario {
    private struct Slot {
        var begunAt: UInt64 = 0
        var mintedAt: UInt64 = 0
        var appID: [UInt8] = []
        var isRedeeming = false
    }

    let unit = "pair"
    private(set) var done = 0
    private(set) var errors = ErrorCounts()
    private let loop: RawLoop
    private let requests: Requests
    private var slots: [Slot]
    /// Connections that ended, to be made again by the next tick.
    private var missing: [Int] = []
    private var whole = LatencyHistogram()
    private var minting = LatencyHistogram()
    private var redeeming = LatencyHistogram()

    private static let mostErrors = 20_000

    init(_ loop: RawLoop, connections: Int) {
        self.loop = loop
        self.requests = Requests(loop.server, keepAlive: true)
        self.slots = Array(repeating: Slot(), count: connections)
        self.missing = Array(self.slots.indices)
    }

    func begin(_ progress: Progress) throws { try self.tick() }

    func tick() throws {
        let missing = self.missing
        self.missing = []
        for index in missing {
            switch try self.loop.dial(.http, owner: index) {
            case .connection(let connection): self.mint(connection)
            case .refused(let number): self.fail(index, RawFailure.text(number))
            }
        }
    }

    func forgetWarmUp() {
        self.done = 0
        self.errors = ErrorCounts()
        (self.whole, self.minting, self.redeeming) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
    }

    func finish() throws {}

    func addFigures(to outcome: inout Outcome) {
        outcome.add("pair", self.whole)
        outcome.add("mint_p99_us", "mint latency p99", .microseconds, Double(self.minting.percentile(99)) / 1e3)
        outcome.add("redeem_p99_us", "redeem latency p99", .microseconds, Double(self.redeeming.percentile(99)) / 1e3)
    }

    private func mint(_ connection: RawConnection) {
        self.slots[connection.owner].begunAt = MonotonicClock.now
        self.slots[connection.owner].isRedeeming = false
        self.loop.send(self.requests.mint, on: connection)
    }

    private func fail(_ index: Int, _ why: String) {
        self.errors.add(why)
        self.missing.append(index)
        if self.errors.total > Self.mostErrors { self.loop.stop(RawFailure.gaveUp("too many errors, the last: \(why)")) }
    }

    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {
        let index = connection.owner
        let now = MonotonicClock.now
        let isRedeeming = self.slots[index].isRedeeming
        guard status == 200, let appID = body.text(behind: Requests.appIDKey) else {
            self.loop.close(connection)
            return self.fail(index, "HTTP \(status) \(isRedeeming ? "redeeming" : "minting")")
        }
        guard isRedeeming else {
            guard let code = body.text(behind: Requests.codeKey) else {
                return self.loop.stop(RawFailure.gaveUp("an answer without a code"))
            }
            self.minting.record(now - self.slots[index].begunAt)
            self.slots[index].mintedAt = now
            self.slots[index].appID = Array(appID)
            self.slots[index].isRedeeming = true
            return self.loop.send(self.requests.redeem(code), on: connection)
        }
        if !appID.isEqual(to: self.slots[index].appID) { self.errors.add("another appID") }
        self.whole.record(now - self.slots[index].begunAt)
        self.redeeming.record(now - self.slots[index].mintedAt)
        self.done += 1
        self.mint(connection)
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) { self.fail(connection.owner, "HTTP: \(end)") }
}
