package import NetworkAddresses
package import RESPCore
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Mints a code for a room. The room is the request's name too: a mint that is repeated gives the same code.
package struct MintCall: EngineCall {
    package struct Reply: Sendable, Equatable {
        package let outcome: Outcome
        /// Codes that had ended, and were removed with this call.
        package let cleared: Int

        package init(_ outcome: Outcome, cleared: Int) {
            self.outcome = outcome
            self.cleared = cleared
        }
    }

    package enum Outcome: Sendable, Equatable {
        /// `end` is that of the code's life, by the engine's clock.
        case minted(Code, end: UnixMilliseconds, left: TimeSpan)
        case exhausted(retryAfter: TimeSpan)
        /// The client has its share of live codes, or as many as any client may.
        case tooManyLive
    }

    /// Codes that are tried before the free ones are counted.
    package static let draws = 8

    package let bounds: CodeBounds
    package let life: TimeSpan
    package let room: RoomID
    package let holder: HolderNetworks
    /// Live codes that one client may have; 0: no such limit.
    package let cap: Int
    /// Each below 2^53.
    package let random: [UInt64]

    package init(bounds: CodeBounds, life: TimeSpan, room: RoomID, client: ClientAddress, cap: Int, random: [UInt64]) {
        self.bounds = bounds
        self.life = life
        self.room = room
        self.holder = HolderNetworks(client)
        self.cap = cap
        self.random = random
    }

    package var script: EngineScript { .mint }
    package func keys(_ names: EngineKeys) -> [String] { names.codes(result: self.room.text) }
    package var arguments: [RESPArgument] {
        self.bounds.arguments
            + [.integer(Int(self.life.milliseconds)), .text(self.room.text), .text(self.holder.text), .integer(self.cap)]
            + self.holder.factors.map { .integer($0) } + self.random.map { .integer(Int($0)) }
    }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        let (kind, cleared) = (try reader.integer(), Int(try reader.integer()))
        switch kind {
        case 1:
            let code = try reader.value { Code($0.utf8) }
            return Reply(.minted(code, end: try reader.integer(), left: .milliseconds(try reader.integer())), cleared: cleared)
        case 0: return Reply(.exhausted(retryAfter: .milliseconds(try reader.integer())), cleared: cleared)
        case 2: return Reply(.tooManyLive, cleared: cleared)
        default: throw reader.unexpected
        }
    }
}

/// Redeems a code, once; under the request's name it may be repeated.
package struct RedeemCall: EngineCall {
    package enum Reply: Sendable, Equatable {
        /// `end` is that of the code's life, by the engine's clock.
        case redeemed(RoomID, end: UnixMilliseconds, left: TimeSpan, isRepeated: Bool)
        case wait(TimeSpan)
        case gone(Alarm?)
    }

    /// The failures of all clients passed what chance should let them hit.
    package struct Alarm: Sendable, Equatable {
        package let live: Int
        package let space: Int
        package let digits: Int
        package let grew: Bool

        package init(live: Int, space: Int, digits: Int, grew: Bool) {
            self.live = live
            self.space = space
            self.digits = digits
            self.grew = grew
        }
    }

    package let bounds: CodeBounds
    package let code: Code
    /// The client's name for the attempt, or one that the node drew.
    package let request: RedeemID
    package let buckets: [GuessBucket]

    package init(bounds: CodeBounds, code: Code, request: RedeemID, buckets: [GuessBucket]) {
        self.bounds = bounds
        self.code = code
        self.request = request
        self.buckets = buckets
    }

    package var script: EngineScript { .redeem }
    package func keys(_ names: EngineKeys) -> [String] {
        names.codes(result: redemptionKey(self.code, self.request)) + self.buckets.map { names.guesses(of: $0.network) }
    }
    package var arguments: [RESPArgument] {
        self.bounds.arguments + [.text(self.code.text)]
            + self.buckets.flatMap { [.integer($0.interval), .integer($0.interval * $0.tokens)] }
    }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Reply {
        var reader = try ReplyReader(value, of: self.script)
        switch try reader.integer() {
        case 1:
            let room = try reader.value { RoomID($0.utf8) }
            let (end, left) = (try reader.integer(), TimeSpan.milliseconds(try reader.integer()))
            return .redeemed(room, end: end, left: left, isRepeated: try reader.integer() == 1)
        case 2: return .wait(.milliseconds(try reader.integer()))
        case 0 where reader.isAtEnd: return .gone(nil)
        case 0:
            let (live, space, digits) = (try reader.integer(), try reader.integer(), try reader.integer())
            return .gone(Alarm(live: Int(live), space: Int(space), digits: Int(digits), grew: try reader.integer() == 1))
        default: throw reader.unexpected
        }
    }
}

/// Frees a code that nobody was told of, if it leads to this room. The reply is whether it did.
package struct FreeCall: EngineCall {
    package let bounds: CodeBounds
    package let code: Code
    package let room: RoomID

    package init(bounds: CodeBounds, code: Code, room: RoomID) {
        self.bounds = bounds
        self.code = code
        self.room = room
    }

    package var script: EngineScript { .free }
    package func keys(_ names: EngineKeys) -> [String] { names.codes(result: self.room.text) }
    package var arguments: [RESPArgument] { self.bounds.arguments + [.text(self.code.text), .text(self.room.text)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Bool { try didIt(value, self.script) }
}

/// Makes a code live again whose redemption nobody was told of. The reply is whether it is.
package struct GiveBackCall: EngineCall {
    package let bounds: CodeBounds
    package let code: Code
    package let request: RedeemID
    package let room: RoomID

    package init(bounds: CodeBounds, code: Code, request: RedeemID, room: RoomID) {
        self.bounds = bounds
        self.code = code
        self.request = request
        self.room = room
    }

    package var script: EngineScript { .giveBack }
    package func keys(_ names: EngineKeys) -> [String] { names.codes(result: redemptionKey(self.code, self.request)) }
    package var arguments: [RESPArgument] { self.bounds.arguments + [.text(self.code.text), .text(self.room.text)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Bool { try didIt(value, self.script) }
}

/// Removes codes that have ended. The reply is how many: at most `most` of each length.
package struct ClearEndedCall: EngineCall {
    package let bounds: CodeBounds
    package let most: Int

    package init(bounds: CodeBounds, most: Int) {
        self.bounds = bounds
        self.most = most
    }

    package var script: EngineScript { .clearEnded }
    package func keys(_ names: EngineKeys) -> [String] { names.codes(result: "") }
    package var arguments: [RESPArgument] { self.bounds.arguments + [.integer(self.most)] }
    package func reply(_ value: RESPValue) throws(UnexpectedReply) -> Int {
        guard case .integer(let cleared) = value, let cleared = Int(exactly: cleared), cleared >= 0 else {
            throw UnexpectedReply(script: self.script)
        }
        return cleared
    }
}

private func redemptionKey(_ code: Code, _ request: RedeemID) -> String { "\(code.text):\(request.text)" }
