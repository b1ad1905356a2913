import LoadClients
import NIOCore

/// Two connections for one side.
extension Soak {
    /// A client comes back with its sid, everything on its way having arrived.
    func takeover(_ cast: Cast) async throws {
        let room = self.newRoom()
        let sid = self.newSID()
        let address = self.newAddress()
        var a = try await cast.open(room, .a, sid: sid, from: address)
        let b = try await self.openPeer(cast, room, a)
        let toA = cast.stream("B to A")
        let toB = cast.stream("A to B")
        for _ in 0..<self.number(1...4) {
            try await self.exchange(a, toA, b, toB)
            try await a.sync()
            let successor = try await cast.open(room, .a, sid: sid, from: address)
            try await a.expect(closed: 4001)
            try await successor.expect(.roomFull)
            a = successor
        }
        try await self.exchange(a, toA, b, toB)
        try await self.part(b, a)
    }

    /// A client comes back with its sid while both sides send. What B sends arrives at the old connection or at the new one, each frame
    /// once; of what the old connection sent, a beginning arrives.
    func takeoverMidstream(_ cast: Cast) async throws {
        let room = self.newRoom()
        let sid = self.newSID()
        let address = self.newAddress()
        let old = try await cast.open(room, .a, sid: sid, from: address)
        let b = try await self.openPeer(cast, room, old)
        let fromOld = cast.stream("old A to B")
        let fromNew = cast.stream("new A to B")
        let toEither = cast.stream("B to either A")
        let new = cast.make(room, .a, sid: sid, from: address)
        var number = 0
        func sendSome() {
            for _ in 0..<4 {
                number += 1
                fromOld.send(.ice, Payloads.relay(number, bytes: 300), through: old, at: self.loop.now)
                toEither.send(.ice, Payloads.relay(-number, bytes: 300), through: b, at: self.loop.now)
            }
        }
        sendSome()
        try await new.dial(self.address)
        while old.end == nil {
            guard number < 20_000 else { throw LoadFailure.timedOut("a takeover") }
            sendSome()
            await self.loop.pause(.milliseconds(1))
        }
        try await old.expect(closed: 4001)
        for _ in 0..<10 {
            number += 1
            fromNew.send(.ice, Payloads.relay(number, bytes: 300), through: new, at: self.loop.now)
        }
        // The old connection's frames come first: the server decides on each before it decides on the takeover.
        while old.waiting > 0 { try await old.expect(frameOf: toEither) }
        try await new.expect(.roomFull)
        while toEither.waiting > 0 { try await new.expect(frameOf: toEither) }
        while fromNew.waiting > 0 {
            guard case .relayed(let opcode, let payload) = try await b.next() else { throw LoadFailure.unexpected("no frame") }
            if fromOld.isNext(payload) {
                fromOld.receive(opcode, payload)
            } else {
                fromOld.writeOff()
                fromNew.receive(opcode, payload)
            }
        }
        try await self.part(b, new)
    }

    /// Others ask for a side whose holder is alive, and are refused.
    func challenge(_ cast: Cast) async throws {
        let room = self.newRoom()
        let holder = try await cast.open(room, .a, sid: self.chance(0.5) ? self.newSID() : nil, from: self.newAddress())
        let b = try await self.openPeer(cast, room, holder)
        for _ in 0..<self.number(1...3) {
            let challenger = try await cast.open(room, .a, sid: self.chance(0.5) ? self.newSID() : nil, from: self.newAddress())
            challenger.send(.ice, Payloads.ice(0))
            if self.chance(0.3) {
                let further = try await cast.open(room, .a, from: self.newAddress())
                try await further.expect(closed: 1008)
            }
            try await challenger.expect(closed: 1008)
        }
        try await self.exchange(holder, cast.stream("B to A"), b, cast.stream("A to B"))
        try await self.part(b, holder)
    }

    /// Somebody asks for a side whose holder has gone silent, and gets it.
    func eviction(_ cast: Cast) async throws {
        let room = self.newRoom()
        let holder = try await cast.open(room, .a, from: self.newAddress())
        let b = try await self.openPeer(cast, room, holder)
        try await holder.sync()
        holder.answers = false
        holder.isReading = false
        let newcomer = try await cast.open(room, .a, sid: self.newSID(), from: self.newAddress())
        let toB = cast.stream("newcomer to B")
        // Sent before it has the side: kept, and read once it does.
        for number in 0..<5 { toB.send(.ice, Payloads.ice(number), through: newcomer, at: self.loop.now) }
        try await newcomer.expect(.roomFull)
        try await b.expect(.peerLeft)
        try await b.expect(.roomFull)
        holder.isReading = true
        try await holder.expect(closed: 4002)
        while toB.waiting > 0 { try await b.expect(frameOf: toB) }
        try await self.exchange(newcomer, cast.stream("B to A"), b, toB)
        try await self.part(b, newcomer)
    }

    // MARK: - Shared by scenarios

    /// The other side joins.
    func openPeer(_ cast: Cast, _ room: String, _ a: WebSocketClient) async throws -> WebSocketClient {
        let b = try await cast.open(room, .b, from: self.newAddress())
        try await a.expect(.roomFull)
        try await b.expect(.roomFull)
        return b
    }

    /// A few frames each way.
    func exchange(_ a: WebSocketClient, _ toA: RelayStream, _ b: WebSocketClient, _ toB: RelayStream) async throws {
        for _ in 0..<self.number(1...10) {
            let number = self.number(0...Int.max / 2)
            toB.send(.ice, Payloads.relay(number, bytes: self.number(100...600)), through: a, at: self.loop.now)
            toA.send(.ice, Payloads.relay(number, bytes: self.number(100...600)), through: b, at: self.loop.now)
        }
        while toB.waiting > 0 { try await b.expect(frameOf: toB) }
        while toA.waiting > 0 { try await a.expect(frameOf: toA) }
    }

    /// Both leave politely.
    func part(_ first: WebSocketClient, _ second: WebSocketClient) async throws {
        try await first.close()
        try await second.expect(.peerLeft)
        try await second.close()
    }
}
