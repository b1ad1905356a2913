import LoadClients
import NIOCore
import ServerUnderTest

/// What the server holds, when it is known what it must hold.
extension Soak {
    /// With no client there, everything has an end: codes and mailboxes after ROOM_TTL, the windows of limits after a minute.
    func waitForNothing() async throws {
        let limit = self.plan.roomTTL + 60 + 30
        let deadline = self.loop.now + UInt64(limit * 1e9)
        while true {
            let left = Self.whatIsLeft(try await self.readMetrics())
            if left.isEmpty { return }
            guard self.loop.now < deadline else {
                self.ledger.violation("\(Int(limit)) s after the last client left the server still holds \(left.joined(separator: ", "))")
                return
            }
            await self.loop.pause(.milliseconds(500))
        }
    }

    private static func whatIsLeft(_ page: MetricsText) -> [String] {
        let gauges = [
            "nt_rooms_active", "nt_rooms_kept", "nt_peers_active", "nt_codes_active", "nt_mailbox_messages", "nt_mailbox_bytes",
            "nt_held_bytes", "nt_stored_bytes", "nt_ws_open", "nt_limiter_keys",
        ]
        var left = gauges.filter { page[$0] != 0 }.map { "\($0) \(page[$0].map { "\(Int($0))" } ?? "missing")" }
        // The one that asks.
        if let open = page["nt_connections_open"], open != 1 { left.append("nt_connections_open \(Int(open))") }
        return left
    }

    /// Puts known amounts into an empty server and compares its gauges, exactly.
    func checkGauges() async throws {
        let cast = Cast("gauges", self)
        var items = 0
        var itemBytes = 0
        for _ in 0..<20 {
            let sender = try await cast.open(self.newRoom(), .a, from: self.newAddress())
            let own = cast.mailbox("A")
            own.begin(deliveredUpTo: nil)
            for number in 0..<15 {
                let item = Payloads.item(number, bytes: self.number(10...2000))
                let side = self.chance(0.5) ? WebSocketClient.Side.a : .b
                if side == .a { own.append(item) }
                sender.send(.send, Payloads.send(item, to: side))
                items += 1
                itemBytes += item.readableBytes
            }
            // What is sent to one's own side comes at once; without an acknowledgement it stays.
            while own.mayExpect { try await sender.expect(itemOf: own) }
            try await sender.close()
        }
        var alone: [WebSocketClient] = []
        var heldBytes = 0
        for number in 0..<10 {
            let client = try await cast.open(self.newRoom(), .b, from: self.newAddress())
            let frame = Payloads.ice(number)
            for _ in 0..<5 { client.send(.ice, frame) }
            heldBytes += 5 * frame.readableBytes
            try await client.sync()
            alone.append(client)
        }
        for _ in 0..<7 { self.codes.release(try await self.mint(from: self.newAddress())) }
        let page = try await self.readMetrics()
        let expected = [
            "nt_mailbox_messages": items, "nt_mailbox_bytes": itemBytes, "nt_rooms_kept": 30, "nt_rooms_active": 10, "nt_peers_active": 10,
            "nt_held_bytes": heldBytes, "nt_codes_active": 7, "nt_ws_open": 10,
        ]
        for (gauge, value) in expected.sorted(by: { $0.key < $1.key }) where page[gauge] != Double(value) {
            self.ledger.violation("\(gauge) is \(page[gauge].map { "\(Int($0))" } ?? "missing") with \(value) there")
        }
        for client in alone { try await client.close() }
        cast.mustHaveLeft()
    }
}
