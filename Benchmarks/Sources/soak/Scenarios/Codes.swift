import LoadClients
import NIOCore

/// Codes: minted, redeemed, raced for, guessed, left to expire.
extension Soak {
    /// Asks for a code; half of the clients over a connection of their own, as browsers do that come for the first time.
    func mint(ttl: Int? = nil, from address: String) async throws -> CodeRegister.Minted {
        let asked = self.loop.now
        let response = try await self.ask(.mint(ttl: ttl, from: address))
        self.ledger.answered("/rendezvous/code", response.status)
        guard response.status == 200, let code = response.member("code"), let appID = response.member("appID") else {
            throw LoadFailure.unexpected("mint: \(response.status) \(response.body)")
        }
        self.ledger.minted += 1
        let life = min(ttl.map(Double.init) ?? self.plan.roomTTL, self.plan.roomTTL)
        // It was minted at some moment after it was asked for, so it lives at least until then.
        let minted = CodeRegister.Minted(code: code, appID: appID, livesUntil: asked + UInt64(life * 1e9))
        if !self.codes.minted(minted, at: self.loop.now) { self.ledger.violation("code \(code) was minted while it was live") }
        return minted
    }

    /// Trades a code for its room; false where a guess had hit it, or the machine was so slow that it expired: nobody's fault.
    func redeem(_ code: CodeRegister.Minted, from address: String) async throws -> Bool {
        // From here on the server may give it out again.
        self.codes.release(code)
        let response = try await self.ask(.redeem(code.code, from: address))
        self.enterRedeem(response)
        if response.status == 410, await self.mayBeGone(code) { return false }
        guard response.status == 200, response.member("appID") == code.appID else {
            throw LoadFailure.unexpected("redeem: \(response.status) \(response.body)")
        }
        return true
    }

    /// Whether a code's owner had no right to it any more: it has expired, or somebody's stale code hit it.
    private func mayBeGone(_ code: CodeRegister.Minted) async -> Bool {
        if self.loop.now >= code.livesUntil || self.codes.wasHit(code.appID) { return true }
        // The answer to whoever hit it may still be on its way.
        await self.loop.pause(.milliseconds(500))
        return self.codes.wasHit(code.appID)
    }

    private func ask(_ request: HTTPRequest) async throws -> HTTPConnection.Response {
        if self.chance(0.5) { return try await self.http.ask(request) }
        let connection = HTTPConnection(loop: self.loop)
        try await connection.open(self.address)
        let response = try await connection.ask(request)
        try await connection.close()
        return response
    }

    private func enterRedeem(_ response: HTTPConnection.Response) {
        self.ledger.answered("/rendezvous/redeem", response.status)
        switch response.status {
        case 200: self.ledger.redeemed("ok")
        case 410: self.ledger.redeemed("gone")
        case 400: self.ledger.redeemed("malformed")
        case 429:
            self.ledger.redeemed("limited")
            self.ledger.rateLimited["redeem", default: 0] += 1
        default: self.ledger.violation("redeem: \(response.status) \(response.body)")
        }
    }

    // MARK: - Scenarios

    /// Nobody comes; some try when it is too late.
    func abandonedCode(_ cast: Cast) async throws {
        let life = self.chance(0.5) ? self.number(1...4) : nil
        let code = try await self.mint(ttl: life, from: self.newAddress())
        await self.loop.pause(.nanoseconds(Int64((min(life.map(Double.init) ?? .infinity, self.plan.roomTTL) + 0.5) * 1e9)))
        self.codes.release(code)
        guard self.chance(0.5) else { return }
        let response = try await self.ask(.redeem(code.code, from: self.newAddress()))
        self.enterRedeem(response)
        self.mustBeGone(response, code)
    }

    /// A code that has been used or has expired works no more, unless it was given out again meanwhile.
    private func mustBeGone(_ response: HTTPConnection.Response, _ code: CodeRegister.Minted) {
        switch response.status {
        case 410: break
        case 200 where response.member("appID") != code.appID: self.codes.hit(code.code, response.member("appID") ?? "")
        default: self.ledger.violation("a code that was over: \(response.status) \(response.body)")
        }
    }

    func wrongGuess(_ cast: Cast) async throws {
        let isWellFormed = self.chance(0.7)
        let code = isWellFormed ? self.wrongCode() : ["12", "123456789", "12a4", "１２３４"].randomElement(using: &self.random) ?? ""
        let expected = isWellFormed ? 410 : 400
        let response = try await self.ask(.redeem(code, from: self.newGuesser()))
        self.enterRedeem(response)
        guard response.status == expected else { throw LoadFailure.unexpected("guess: \(response.status) \(response.body)") }
    }

    /// One client guesses as often as it may, and then as often as it waits.
    func guessBurst(_ cast: Cast) async throws {
        let address = self.newGuesser()
        let connection = HTTPConnection(loop: self.loop)
        try await connection.open(self.address)
        let allowed = self.plan.redeemFailuresPerMinute
        let begin = self.loop.now
        for _ in 0..<allowed + 2 { connection.send(HTTPRequest.redeem(self.wrongCode(), from: address).bytes) }
        for index in 0..<allowed + 2 {
            let response = try await connection.response()
            self.enterRedeem(response)
            guard response.status == 410 else {
                throw LoadFailure.unexpected("guess \(index) from \(address): \(response.status) \(response.body)")
            }
        }
        // A token comes back in a minute's part, and two were missing.
        let least = 2 * 60_000_000_000 / UInt64(allowed)
        if self.loop.now - begin < least { self.ledger.violation("\(allowed + 2) guesses from \(address) were looked at without a wait") }
        try await connection.close()
    }

    /// Two clients redeem one code at once; one gets it.
    func raceForCode(_ cast: Cast) async throws {
        let code = try await self.mint(from: self.newAddress())
        self.codes.release(code)
        let request = HTTPRequest.redeem(code.code, from: self.newAddress()).bytes
        let first = HTTPConnection(loop: self.loop)
        try await first.open(self.address)
        let second = self.chance(0.5) ? first : HTTPConnection(loop: self.loop)
        if second !== first { try await second.open(self.address) }
        first.send(request)
        second.send(request)
        let responses = [try await first.response(), try await second.response()]
        for response in responses { self.enterRedeem(response) }
        let losers = responses.filter { $0.status != 200 || $0.member("appID") != code.appID }
        if losers.count != 1, await !self.mayBeGone(code) {
            self.ledger.violation("a code two raced for: \(responses.map(\.status))")
        }
        for response in losers { self.mustBeGone(response, code) }
        try await first.close()
        if second !== first { try await second.close() }
    }

    /// Codes grow to six digits at the most, so a guess cannot hit.
    private func wrongCode() -> String { String(self.number(1_000_000...99_999_999)) }
}

extension HTTPConnection.Response {
    /// A string member of the answer's JSON object; the server's answers have no escapes.
    func member(_ name: String) -> String? {
        guard let start = self.body.firstRange(of: "\"\(name)\":\"") else { return nil }
        return String(self.body[start.upperBound...].prefix { $0 != "\"" })
    }
}
