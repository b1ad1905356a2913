import LoadClients
import NIOCore

/// A whole pairing, as the product's clients do it.
extension Soak {
    func session(_ cast: Cast) async throws {
        let aliceAddress = self.newAddress()
        let bobAddress = self.newAddress()
        let code = try await self.mint(from: aliceAddress)
        let alice = try await cast.open(code.appID, .a, sid: self.chance(0.5) ? self.newSID() : nil, from: aliceAddress)
        let toBob = cast.stream("A to B")
        let toAlice = cast.stream("B to A")
        // Some clients do not wait for room_full; what they send is held.
        let isEager = self.chance(0.3)
        if isEager { toBob.send(.offer, Payloads.offer(1), through: alice, at: self.loop.now) }
        await self.pause(0...0.3)
        guard try await self.redeem(code, from: bobAddress) else { return try await self.leave(alice, toBob) }
        let bob = try await cast.open(code.appID, .b, sid: self.chance(0.5) ? self.newSID() : nil, from: bobAddress)
        try await alice.expect(.roomFull)
        try await bob.expect(.roomFull)
        if !isEager { toBob.send(.offer, Payloads.offer(1), through: alice, at: self.loop.now) }
        try await bob.expect(frameOf: toBob)
        if self.chance(0.3) { toAlice.send(.senderReady, ByteBuffer(string: #"{"type":"sender_ready"}"#), through: bob, at: self.loop.now) }
        toAlice.send(.answer, Payloads.answer(1), through: bob, at: self.loop.now)
        for number in 0..<8 {
            toBob.send(.ice, Payloads.ice(number), through: alice, at: self.loop.now)
            toAlice.send(.ice, Payloads.ice(number), through: bob, at: self.loop.now)
            // Candidates come as they are found.
            if self.chance(0.3) { await self.pause(0...0.02) }
        }
        while toBob.waiting > 0 { try await bob.expect(frameOf: toBob) }
        while toAlice.waiting > 0 { try await alice.expect(frameOf: toAlice) }
        self.report(cast, alice, bob)
        if self.chance(0.3) { try await self.fewItems(cast, from: alice, to: bob) }
        await self.pause(0...0.5)
        try await bob.close(self.chance(0.8) ? 1000 : nil)
        try await alice.expect(.peerLeft)
        try await alice.close(self.chance(0.8) ? 1000 : 1001)
    }

    /// Both say what became of their connection; each pairing counts once.
    private func report(_ cast: Cast, _ clients: WebSocketClient...) {
        if self.chance(0.85) {
            let mode = ["direct", "relay", "host", "srflx", "prflx"].randomElement(using: &self.random) ?? "direct"
            for client in clients { client.send(.telemetry, Payloads.connected(mode: mode)) }
            cast.reported(mode: mode)
        } else {
            let reason = ["ice-failed", "timeout", "no-candidates"].randomElement(using: &self.random) ?? "timeout"
            for client in clients { client.send(.telemetry, Payloads.iceFailed(reason: reason)) }
            cast.reported(reason: reason)
        }
    }

    /// A little mailbox traffic beside the signaling.
    private func fewItems(_ cast: Cast, from sender: WebSocketClient, to receiver: WebSocketClient) async throws {
        let book = cast.mailbox("B")
        if self.chance(0.7) { receiver.send(.hello, Payloads.hello(deliveredUpTo: nil)) }
        book.begin(deliveredUpTo: nil)
        for number in 1...self.number(1...4) {
            let item = Payloads.item(number, bytes: self.number(20...300))
            book.append(item)
            sender.send(.send, Payloads.send(item, to: receiver.request.side))
        }
        while book.receivedUpTo < book.last { try await receiver.expect(itemOf: book) }
        // Some leave without a word; their room is kept with its items until its time is over.
        if self.chance(0.9) { receiver.send(.delivered, Payloads.delivered(upTo: book.last, spelling: "upTo")) }
    }

    /// The code was of no use: nobody comes.
    private func leave(_ alice: WebSocketClient, _ stream: RelayStream) async throws {
        try await alice.close()
        stream.writeOff()
    }
}

extension WebSocketClient {
    /// Waits for the next mailbox item and enters it.
    nonisolated(nonsending) func expect(
        itemOf book: MailboxBook, within limit: TimeAmount = .seconds(30)
    ) async throws(LoadFailure) {
        let message = try await self.next(within: limit)
        guard case .item(let isDeliver, let seq, let payload) = message, isDeliver == (self.request.sid != nil) else {
            throw .unexpected("\(message) instead of an item at side \(self.request.side.rawValue)")
        }
        book.receive(seq: seq, payload)
    }
}
