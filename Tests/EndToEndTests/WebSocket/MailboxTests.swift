import ServerConfiguration
import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// `hello`, `send` and `delivered`.
@Suite struct MailboxTests {
    @Test(arguments: [(nil, "send"), ("", "deliver"), ("abc", "deliver"), ("a%20%26b", "deliver")] as [(String?, String)])
    func itemsAreNumberedAndTypedAsTheReceiverReadsThem(sid: String?, type: String) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair(sids: (nil, sid))
            let payloads = ["1", "1.0e+2", "null", #"{ "a" : [ 1 , 2 ] }"#, #""\u0041 é 🚀""#, "[]", "-0.0", "12345678901234567890123"]
            for payload in payloads { try await a.send(#"{"type":"send","to":"B","payload":\#(payload)}"#) }
            for (index, payload) in payloads.enumerated() {
                #expect(try await b.nextText() == #"{"type":"\#(type)","seq":\#(index + 1),"payload":\#(payload)}"#)
            }
        }
    }

    @Test(arguments: ["B", "b"])
    func theSideIsNamedInAnyCase(name: String) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send(#"{"payload":1,"to":"\#(name)","type":"SEND"}"#)
            #expect(try await b.nextText() == #"{"type":"send","seq":1,"payload":1}"#)
        }
    }

    @Test func onesOwnSideIsAllowed() async throws {
        try await withServer { server in
            let a = try await server.join(randomRoom(), "A")
            try await a.sendItem(to: "A", "1")
            #expect(try await a.nextText() == #"{"type":"send","seq":1,"payload":1}"#)
        }
    }

    @Test func sidesAreNumberedApart() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            for payload in ["1", "2"] { try await a.sendItem(to: "B", payload) }
            try await b.sendItem(to: "A", "3")
            #expect(try await a.nextText() == #"{"type":"send","seq":1,"payload":3}"#)
            for seq in 1...2 { #expect(try await b.nextText() == #"{"type":"send","seq":\#(seq),"payload":\#(seq)}"#) }
        }
    }

    /// With something waiting, delivery begins with `hello`, and what comes after keeps the order.
    @Test func aBacklogWaitsForHello() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            for payload in ["1", "2"] { try await a.sendItem(to: "B", payload) }
            try await server.waitForFrames(2)
            let b = try await server.join(room, "B")
            try await a.sendItem(to: "B", "3")
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == roomFull)
            // The relayed frame overtakes: nothing of the mailbox came.
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
            try await b.send(#"{"type":"hello","sessionId":"x","side":"B"}"#)
            for seq in 1...3 { #expect(try await b.nextText() == #"{"type":"send","seq":\#(seq),"payload":\#(seq)}"#) }
            try await a.sendItem(to: "B", "4")
            #expect(try await b.nextText() == #"{"type":"send","seq":4,"payload":4}"#)
        }
    }

    @Test func helloTrimsWhatTheClientHas() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            for payload in 1...5 { try await a.sendItem(to: "B", "\(payload)") }
            try await server.waitForFrames(5)
            let b = try await server.join(room, "B", sid: "s")
            #expect(try await b.nextText() == roomFull)
            try await b.send(#"{"type":"hello","deliveredUpTo":3}"#)
            for seq in 4...5 { #expect(try await b.nextText() == #"{"type":"deliver","seq":\#(seq),"payload":\#(seq)}"#) }
            #expect(try await server.metrics()["nt_mailbox_messages"] == 2)
        }
    }

    /// Once a connection; again on the next one, unless it was acknowledged.
    @Test func whatWasNotAcknowledgedComesAgainOnTheNextConnection() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            for payload in 1...3 { try await a.sendItem(to: "B", "\(payload)") }
            for seq in 1...3 { #expect(try await b.nextText() == #"{"type":"send","seq":\#(seq),"payload":\#(seq)}"#) }
            try await b.send(#"{"type":"hello"}"#)
            try await b.send(#"{"type":"delivered","seq":2}"#)
            try await b.sendItem(to: "B", "4")
            // The second hello sent nothing twice.
            #expect(try await b.nextText() == #"{"type":"send","seq":4,"payload":4}"#)
            try await b.close()
            #expect(try await a.nextText() == peerLeft)
            let again = try await server.join(room, "B")
            #expect(try await again.nextText() == roomFull)
            try await again.send(#"{"type":"hello"}"#)
            for seq in 3...4 { #expect(try await again.nextText() == #"{"type":"send","seq":\#(seq),"payload":\#(seq)}"#) }
        }
    }

    @Test(arguments: [
        (#"{"type":"delivered","seq":2}"#, 1), (#"{"type":"delivered","upTo":2}"#, 1), (#"{"type":"delivered","seq":0}"#, 3),
        (#"{"type":"delivered","seq":99}"#, 0), (#"{"type":"delivered","upTo":99999999999999999999999}"#, 0),
        (#"{"type":"delivered","seq":1,"upTo":3}"#, 0),
    ])
    func acknowledgingFreesUpToThere(frame: String, left: Int) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            for payload in 1...3 { try await a.sendItem(to: "B", "\(payload)") }
            for _ in 1...3 { _ = try await b.nextText() }
            try await b.send(frame)
            try await server.waitForFrames(4)
            let metrics = try await server.metrics()
            #expect(metrics["nt_mailbox_messages"] == Double(left))
            #expect(metrics["nt_mailbox_bytes"] == Double(left))
            // Numbering goes on, whatever was freed.
            try await a.sendItem(to: "B", "4")
            #expect(try await b.nextText() == #"{"type":"send","seq":4,"payload":4}"#)
        }
    }

    @Test func aFullMailboxIsToldByCount() async throws {
        try await withServer {
            $0.mailboxMaxMessages = 3
        } _: { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            for payload in 1...4 { try await a.sendItem(to: "B", "\(payload)") }
            #expect(try await a.nextText().isError("mailbox_full"))
            let b = try await server.join(room, "B")
            try await b.send(#"{"type":"hello"}"#)
            #expect(try await b.nextText() == roomFull)
            for seq in 1...3 { #expect(try await b.nextText() == #"{"type":"send","seq":\#(seq),"payload":\#(seq)}"#) }
            try await b.send(#"{"type":"delivered","seq":1}"#)
            try await server.waitForFrames(6)
            #expect(try await a.nextText() == roomFull)
            try await a.sendItem(to: "B", "5")
            #expect(try await b.nextText() == #"{"type":"send","seq":4,"payload":5}"#)
        }
    }

    @Test func aFullMailboxIsToldByBytes() async throws {
        try await withServer {
            $0.mailboxMaxBytes = 100
        } _: { server in
            let (a, b) = try await server.pair()
            let sixty = "\"" + String(repeating: "x", count: 58) + "\""
            try await a.sendItem(to: "B", sixty)
            try await a.sendItem(to: "B", sixty)
            #expect(try await a.nextText().isError("mailbox_full"))
            try await a.sendItem(to: "B", "\"" + String(repeating: "y", count: 38) + "\"")
            try await a.sendItem(to: "B", "1")
            #expect(try await a.nextText().isError("mailbox_full"))
            #expect(try await b.nextText() == #"{"type":"send","seq":1,"payload":\#(sixty)}"#)
            #expect(try await b.nextText().hasPrefix(#"{"type":"send","seq":2,"#))
        }
    }

    /// More than a connection's queue takes at once: the rest follows as it drains.
    @Test func aLongBacklogArrivesWhole() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            let filler = String(repeating: "z", count: 4_000)
            for number in 1...900 { try await a.sendItem(to: "B", "\"\(number)\(filler)\"") }
            try await server.waitForFrames(900)
            let b = try await server.join(room, "B", sid: "s")
            try await b.send(#"{"type":"hello","deliveredUpTo":0}"#)
            #expect(try await b.nextText() == roomFull)
            for number in 1...900 {
                #expect(try await b.nextText().hasPrefix("{\"type\":\"deliver\",\"seq\":\(number),\"payload\":\"\(number)z"))
            }
        }
    }

    @Test func aMailboxOutlivesBothConnectionsForTheRoomsTime() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            try await a.sendItem(to: "B", "1")
            #expect(try await b.nextText() == #"{"type":"send","seq":1,"payload":1}"#)
            try await a.close()
            try await b.close()
            server.clock.advance(by: .seconds(590))
            let again = try await server.join(room, "B")
            try await again.send(#"{"type":"hello"}"#)
            #expect(try await again.nextText() == #"{"type":"send","seq":1,"payload":1}"#)
            try await again.close()
            try await eventually("everybody has left") { try await server.metrics()["nt_peers_active"] == 0 }
            server.clock.advance(by: .seconds(590))
            #expect(try await server.metrics()["nt_mailbox_messages"] == 1)
            server.clock.advance(by: .seconds(11))
            try await eventually("the room is forgotten") {
                let metrics = try await server.metrics()
                return metrics["nt_mailbox_messages"] == 0 && metrics["nt_mailbox_bytes"] == 0 && metrics["nt_rooms_kept"] == 0
            }
            let late = try await server.join(room, "B")
            try await late.send(#"{"type":"hello"}"#)
            try await late.sendItem(to: "B", "2")
            #expect(try await late.nextText() == #"{"type":"send","seq":1,"payload":2}"#)
        }
    }
}

extension WebSocketClient {
    fileprivate func sendItem(to side: String, _ payload: String) async throws {
        try await self.send(#"{"type":"send","to":"\#(side)","payload":\#(payload)}"#)
    }
}
