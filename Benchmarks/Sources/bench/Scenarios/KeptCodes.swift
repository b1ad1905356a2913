import RawLoad

/// Codes that are minted and left alone, a few of which are redeemed when the server has been started again.
final class KeptCodes: RawClient {
    private struct Sample {
        var code: [UInt8]
        var appID: [UInt8]
    }

    private(set) var minted = 0
    private let loop: RawLoop
    private let requests: Requests
    private let count: Int
    private var asked = 0
    private var samples: [Sample] = []
    private var redeemed = 0
    private var found = 0
    private var isRedeeming = false
    private var connections: [RawConnection] = []

    private static let atOnce = 64
    private static let mostSamples = 100
    private static let patience = 600.0

    init(_ loop: RawLoop, count: Int) {
        self.loop = loop
        self.requests = Requests(loop.server, keepAlive: true)
        self.count = count
    }

    func mint(_ progress: Progress) throws {
        try self.connect(min(Self.atOnce, self.count))
        defer { self.disconnect() }
        for connection in self.connections { self.askForMore(connection) }
        try self.loop.run(seconds: Self.patience) {
            if progress.isDue(self.loop.now) { progress.show("\(self.minted.grouped) of \(self.count.grouped) codes minted") }
            return self.minted == self.count
        }
        guard self.minted == self.count else { throw RawFailure.gaveUp("only \(self.minted) of \(self.count) codes were minted in time") }
    }

    /// How many of a sample lead to their rooms, and of how many.
    func redeemSome() throws -> (found: Int, asked: Int) {
        self.isRedeeming = true
        try self.connect(1)
        defer { self.disconnect() }
        self.redeemNext(self.connections[0])
        try self.loop.run(seconds: Self.patience) { self.redeemed == self.samples.count }
        return (self.found, self.samples.count)
    }

    private func connect(_ count: Int) throws {
        self.loop.client = self
        for _ in 0..<count {
            guard case .connection(let connection) = try self.loop.dial(.http, owner: 0) else {
                throw RawFailure.gaveUp("a connection for codes was refused")
            }
            self.connections.append(connection)
        }
    }

    private func disconnect() {
        self.connections.forEach(self.loop.close)
        self.connections = []
        self.loop.client = nil
    }

    private func askForMore(_ connection: RawConnection) {
        guard self.asked < self.count else { return }
        self.asked += 1
        self.loop.send(self.requests.mint, on: connection)
    }

    private func redeemNext(_ connection: RawConnection) {
        guard self.redeemed < self.samples.count else { return }
        let request = self.samples[self.redeemed].code.withUnsafeBytes { self.requests.redeem($0) }
        self.loop.send(request, on: connection)
    }

    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {
        if self.isRedeeming {
            let appID = status == 200 ? body.text(behind: Requests.appIDKey) : nil
            if appID?.isEqual(to: self.samples[self.redeemed].appID) == true { self.found += 1 }
            self.redeemed += 1
            return self.redeemNext(connection)
        }
        guard status == 200, let code = body.text(behind: Requests.codeKey), let appID = body.text(behind: Requests.appIDKey) else {
            return self.loop.stop(RawFailure.gaveUp("HTTP \(status) minting code \(self.minted + 1)"))
        }
        self.minted += 1
        if self.minted.isMultiple(of: max(1, self.count / Self.mostSamples)), self.samples.count < Self.mostSamples {
            self.samples.append(Sample(code: Array(code), appID: Array(appID)))
        }
        self.askForMore(connection)
    }

    func ended(_ connection: RawConnection, _ end: RawConnection.End) {
        self.loop.stop(RawFailure.gaveUp("a connection for codes: \(end)"))
    }
}
