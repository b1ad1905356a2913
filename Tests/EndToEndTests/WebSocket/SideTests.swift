import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// Two connections that want the same side.
@Suite struct SideTests {
    @Test(arguments: ["A", "B"])
    func theSameSessionTakesOverUnnoticed(side: String) async throws {
        try await withServer { server in
            let room = randomRoom()
            let other = try await server.join(room, side == "A" ? "B" : "A")
            let old = try await server.join(room, side, sid: "session-1")
            #expect(try await old.nextText() == roomFull)
            #expect(try await other.nextText() == roomFull)
            let new = try await server.join(room, side, sid: "session-1")
            #expect(try await new.nextText() == roomFull)
            let close = try await old.finishClose()
            #expect(close.closeCode == 4001)
            #expect(close.closeReason == "replaced")
            try await new.send(#"{"type":"ice","from":"new"}"#)
            // Neither peer_left nor a second room_full came before it.
            #expect(try await other.nextText() == #"{"type":"ice","from":"new"}"#)
            try await other.send(#"{"type":"ice","from":"other"}"#)
            #expect(try await new.nextText() == #"{"type":"ice","from":"other"}"#)
        }
    }

    @Test func framesHeldForThePeerPassToTheSuccessor() async throws {
        try await withServer { server in
            let room = randomRoom()
            let old = try await server.join(room, "A", sid: "s")
            try await old.send(#"{"type":"offer","n":1}"#)
            try await server.waitForFrames(1)
            let new = try await server.join(room, "A", sid: "s")
            #expect(try await old.finishClose().closeCode == 4001)
            try await new.send(#"{"type":"ice","n":2}"#)
            try await server.waitForFrames(2)
            let b = try await server.join(room, "B")
            #expect(try await new.nextText() == roomFull)
            #expect(try await b.nextText() == roomFull)
            #expect(try await b.nextText() == #"{"type":"offer","n":1}"#)
            #expect(try await b.nextText() == #"{"type":"ice","n":2}"#)
        }
    }

    @Test(arguments: [("one", "two"), ("", ""), (nil, nil), (nil, "one"), ("one", nil), ("Case", "case")] as [(String?, String?)])
    func aHolderThatLivesKeepsItsSide(sids: (String?, String?)) async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room, sids: (sids.0, nil))
            let newcomer = try await server.join(room, "A", sid: sids.1)
            let ping = try await a.nextPing()
            try await a.sendPong(to: ping)
            let close = try await newcomer.finishClose()
            #expect(close.closeCode == 1008)
            #expect(close.closeReason == "side A busy")
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }

    /// One waits at most, so that a crowd of newcomers costs nothing.
    @Test func whileOneWaitsAFurtherOneIsTurnedAwayAtOnce() async throws {
        try await withServer { server in
            let room = randomRoom()
            let b = try await server.join(room, "B")
            let first = try await server.join(room, "B")
            let ping = try await b.nextPing()
            for _ in 0..<3 {
                let close = try await server.join(room, "B").finishClose()
                #expect(close.closeCode == 1008)
                #expect(close.closeReason == "side B busy")
            }
            #expect(!first.socket.hasEnded)
            try await b.sendPong(to: ping)
            #expect(try await first.finishClose().closeCode == 1008)
        }
    }

    @Test(arguments: ["text", "wrong pong"])
    func onlyThePongToThePingIsAnAnswer(answer: String) async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            let newcomer = try await server.join(room, "A")
            _ = try await a.nextPing()
            if answer == "text" {
                try await a.send(#"{"type":"ice"}"#)
                #expect(try await b.nextText() == #"{"type":"ice"}"#)
            } else {
                try await a.send(ClientFrame(.pong, text: "12345678"))
            }
            #expect(try await a.finishClose().closeCode == 4002)
            #expect(try await newcomer.nextText() == roomFull)
        }
    }

    @Test func aHolderThatDoesNotAnswerIsEvicted() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            try await a.send(#"{"type":"ice","from":"holder"}"#)
            #expect(try await b.nextText() == #"{"type":"ice","from":"holder"}"#)
            let newcomer = try await server.join(room, "A")
            for number in 0..<3 { try await newcomer.send(#"{"type":"offer","n":\#(number)}"#) }
            _ = try await a.nextPing()
            #expect(try await b.nextText() == peerLeft)
            #expect(try await b.nextText() == roomFull)
            // What the newcomer sent while it waited was kept.
            for number in 0..<3 { #expect(try await b.nextText() == #"{"type":"offer","n":\#(number)}"#) }
            #expect(try await newcomer.nextText() == roomFull)
            let close = try await a.finishClose()
            #expect(close.closeCode == 4002)
            #expect(close.closeReason == "unresponsive")
            try await b.send(#"{"type":"answer"}"#)
            #expect(try await newcomer.nextText() == #"{"type":"answer"}"#)
            #expect(try await server.metrics()["nt_peers_active"] == 2)
        }
    }

    @Test func aHolderThatLeavesMakesRoomAtOnce() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            let newcomer = try await server.join(room, "A")
            try await newcomer.send(#"{"type":"offer"}"#)
            _ = try await a.nextPing()
            try await a.close()
            #expect(try await b.nextText() == peerLeft)
            #expect(try await b.nextText() == roomFull)
            #expect(try await b.nextText() == #"{"type":"offer"}"#)
            #expect(try await newcomer.nextText() == roomFull)
        }
    }

    @Test func aNewcomerThatGivesUpLeavesNoTrace() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            let newcomer = try await server.join(room, "A")
            _ = try await a.nextPing()
            newcomer.socket.close()
            try await eventually("the newcomer is gone") { server.signaling.admission.open == 2 }
            let next = try await server.join(room, "A")
            let ping = try await a.nextPing()
            try await a.sendPong(to: ping)
            #expect(try await next.finishClose().closeCode == 1008)
            try await b.send(#"{"type":"ice"}"#)
            #expect(try await a.nextText() == #"{"type":"ice"}"#)
        }
    }
}
