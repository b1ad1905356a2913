import FairShares
import MetricsCore
import NetworkAddresses
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// One client that takes all it can get, beside a hundred who want a pairing each.
@Suite struct GreedyClientTests {
    /// Where the greedy one comes from: one address, or a network of its own with as many as it likes.
    enum Greed: CaseIterable {
        case address, site, provider

        func client(_ number: UInt64) -> ClientAddress {
            switch self {
            case .address: .v4(0xC633_6401)
            case .site: .v6(high: 0x2001_0DB8_0000_0000 | number % 256, low: number)
            case .provider: .v6(high: 0x2001_0DB8_0000_0000 | number % 65_536, low: number)
            }
        }
    }

    private static let honest = 100

    private func rig(_ change: (inout SignalingParts.Options) -> Void) -> SessionRig {
        SessionRig {
            $0.codes = .init(digits: 4, digitsMax: 4, ttl: .minutes(10))
            change(&$0)
        }
    }

    private func mint(_ rig: SessionRig, _ client: ClientAddress) -> (Code, RoomID)? {
        let minted = rig.parts.signaling.rendezvous.mint(.longest, client: client, rig.parts.signaling.loop(rig.context))
        guard case .code(let code, let room, _) = minted else { return nil }
        return (code, room)
    }

    /// Everything that two people do with a server, each behind an address of their own; whether all of it went well.
    private func pair(_ rig: SessionRig, _ number: Int) throws -> Bool {
        let (alice, bob) = (ClientAddress.v4(UInt32(2 * number + 1)), ClientAddress.v4(UInt32(2 * number + 2)))
        guard let (code, room) = self.mint(rig, alice) else { return false }
        let redeemed = rig.parts.signaling.rendezvous.redeem(.code(code), client: bob, rig.parts.signaling.loop(rig.context))
        guard case .room(room, _) = redeemed, let a = rig.admit(.a, room: room, client: alice) else { return false }
        defer { a.drop() }
        a.send(text: #"{"type":"offer","n":1}"#)
        guard let b = rig.admit(.b, room: room, client: bob) else { return false }
        defer { b.drop() }
        guard try b.receivedTexts() == [#"{"type":"room_full"}"#, #"{"type":"offer","n":1}"#] else { return false }
        // In two segments, with something unfinished in between.
        b.send(.text(#"{"type":"answer","#, isFinal: false))
        b.send(ClientFrame(.continuation, Array(#""n":2}"#.utf8)))
        b.send(text: #"{"type":"send","to":"A","payload":"kept","ref":1}"#)
        guard try b.receivedTexts() == [#"{"type":"accepted","ref":1}"#] else { return false }
        let last = try a.receivedTexts().suffix(2)
        guard last == [#"{"type":"answer","n":2}"#, #"{"type":"send","seq":1,"payload":"kept"}"#] else { return false }
        a.send(text: #"{"type":"delivered","upTo":1}"#)
        return a.isOpen && b.isOpen
    }

    /// Of the honest ones' work everything goes well while the greedy one goes on before each of them, and it is told no at some point.
    private func check(_ rig: SessionRig, _ resource: SharedResource, first: Int, _ take: (UInt64) throws -> Void) throws {
        var taken: UInt64 = 0
        func takeAll(_ count: Int) throws {
            for _ in 0..<count {
                try take(taken)
                taken += 1
            }
        }
        try takeAll(first)
        #expect(rig.parts.signaling.shares.refusals[resource] > 0, "nothing was ever refused")
        var successes = 0
        for number in 0..<Self.honest {
            try takeAll(2)
            if try self.pair(rig, number) { successes += 1 }
        }
        #expect(successes == Self.honest)
    }

    @Test(arguments: Greed.allCases) func itTakesWebSockets(_ greed: Greed) throws {
        let rig = self.rig { $0.maxWebSockets = 1_000 }
        var held: [MemoryWebSocket] = []
        try self.check(rig, .webSockets, first: 800) { number in
            if let socket = rig.admit(.a, room: RoomID(high: 7, low: number), client: greed.client(number)) { held.append(socket) }
        }
        #expect(held.count == 750)
    }

    @Test(arguments: Greed.allCases) func itTakesRooms(_ greed: Greed) throws {
        let rig = self.rig { $0.maxRooms = 1_000 }
        try self.check(rig, .rooms, first: 800) { number in
            let socket = rig.admit(.a, room: RoomID(high: 7, low: number), client: greed.client(number))
            // Kept for its mailbox when everybody has left.
            socket?.send(text: #"{"type":"send","to":"B","payload":1}"#)
            socket?.drop()
        }
        // Those of the pairings are kept for their mailboxes too.
        #expect(rig.totals.rooms == 750 + Self.honest)
    }

    @Test(arguments: Greed.allCases) func itTakesWhatIsStored(_ greed: Greed) throws {
        let rig = self.rig { $0.maxStoredBytes = 1_000_000 }
        let payload = String(repeating: "x", count: 1_000)
        try self.check(rig, .storedBytes, first: 800) { number in
            let socket = rig.admit(.a, room: RoomID(high: 7, low: number), client: greed.client(number))
            socket?.send(text: #"{"type":"send","to":"B","payload":"\#(payload)"}"#)
            socket?.drop()
        }
    }

    @Test(arguments: Greed.allCases) func itLeavesMessagesUnfinished(_ greed: Greed) throws {
        let rig = self.rig { $0.maxStoredBytes = 1_000_000 }
        var held: [MemoryWebSocket] = []
        try self.check(rig, .unfinishedBytes, first: 100) { number in
            guard let socket = rig.admit(.a, room: RoomID(high: 7, low: number), client: greed.client(number)) else { return }
            socket.send(ClientFrame(.text, [UInt8](repeating: 0x20, count: 10_000), isFinal: false))
            held.append(socket)
            if held.count > 90 { held.removeFirst().drop() }
        }
    }

    @Test(arguments: Greed.allCases) func itTakesNothingOfWhatItIsSent(_ greed: Greed) throws {
        let rig = self.rig { $0.maxStoredBytes = 1_000_000 }
        var held: [MemoryWebSocket] = []
        let frame = #"{"type":"ice","pad":""# + String(repeating: "x", count: 30_000) + #""}"#
        try self.check(rig, .outputBytes, first: 40) { number in
            let room = RoomID(high: 7, low: number)
            guard let a = rig.admit(.a, room: room, client: greed.client(number)),
                let b = rig.admit(.b, room: room, client: greed.client(number))
            else { return }
            b.setWritable(false)
            a.send(text: frame)
            a.drop()
            held.append(b)
            if held.count > 30 { held.removeFirst().drop() }
        }
    }

    @Test(arguments: Greed.allCases) func itTakesCodes(_ greed: Greed) throws {
        let rig = self.rig { _ in }
        for number in 0..<UInt64(7_000) { _ = self.mint(rig, greed.client(number)) }
        try self.check(rig, .codes, first: 600) { _ = self.mint(rig, greed.client($0)) }
        #expect(rig.parts.signaling.codes.gauges(now: rig.network.clock.now)?.live == 7_500)
    }
}
