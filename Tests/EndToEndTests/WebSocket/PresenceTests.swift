import MetricsCore
import NIOCore
import ServerConfiguration
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import Testing
import WebSocketCore

/// `room_full`, `peer_left`, and frames that wait for the other side.
@Suite struct PresenceTests {
    @Test func bothAreToldOnceThatTheRoomIsFull() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            try await a.send(#"{"type":"ice"}"#)
            try await b.send(#"{"type":"ice"}"#)
            // The relayed frames are the very next ones, so neither was told twice.
            #expect(try await a.nextText() == #"{"type":"ice"}"#)
            #expect(try await b.nextText() == #"{"type":"ice"}"#)
        }
    }

    @Test func aPeerThatClosesIsMissedAndWelcomedBack() async throws {
        try await withServer { server in
            let room = randomRoom()
            let (a, b) = try await server.pair(room)
            try await b.close()
            #expect(try await a.nextText() == peerLeft)
            let again = try await server.join(room, "B")
            #expect(try await a.nextText() == roomFull)
            #expect(try await again.nextText() == roomFull)
        }
    }

    @Test(arguments: ["end", "close", "reset"])
    func aPeerThatVanishesIsMissedToo(way: String) async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            switch way {
            case "end": try await b.socket.endSending()
            case "close": b.socket.close()
            default: try await b.socket.reset()
            }
            #expect(try await a.nextText() == peerLeft)
            try await eventually("the end is counted") { server.counts.wsClosed[.init(1006)] == 1 }
        }
    }

    /// The last frames of a peer arrive before the word that it has left.
    @Test func whatWasSentBeforeLeavingArrives() async throws {
        try await withServer { server in
            let (a, b) = try await server.pair()
            var forms = (0..<50).map { ClientFrame.text("{\"type\":\"ice\",\"n\":\($0)}") }
            forms.append(.close(1000))
            try await b.send(forms)
            for number in 0..<50 { #expect(try await a.nextText() == "{\"type\":\"ice\",\"n\":\(number)}") }
            #expect(try await a.nextText() == peerLeft)
        }
    }

    @Test(arguments: ["A", "B"])
    func framesWaitForTheOtherSide(side: String) async throws {
        try await withServer { server in
            let room = randomRoom()
            let first = try await server.join(room, side)
            let kinds = ["sender_ready", "offer", "ice", "ice", "answer"]
            for (number, kind) in kinds.enumerated() {
                let opcode = number % 2 == 0 ? Opcode.text : .binary
                try await first.send(ClientFrame(opcode, text: "{\"type\":\"\(kind)\",\"n\":\(number)}"))
            }
            try await server.waitForFrames(kinds.count)
            let second = try await server.join(room, side == "A" ? "B" : "A")
            #expect(try await second.nextText() == roomFull)
            for (number, kind) in kinds.enumerated() {
                let frame = try await second.nextMessage()
                #expect(frame.opcode == (number % 2 == 0 ? .text : .binary))
                #expect(frame.text == "{\"type\":\"\(kind)\",\"n\":\(number)}")
            }
            #expect(try await first.nextText() == roomFull)
        }
    }

    @Test func atMost256FramesWait() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            try await a.send((0..<258).map { ClientFrame.text("{\"type\":\"ice\",\"n\":\($0)}") })
            for _ in 0..<2 { #expect(try await a.nextText().isError("peer_absent")) }
            let b = try await server.join(room, "B")
            #expect(try await b.nextText() == roomFull)
            for number in 0..<256 { #expect(try await b.nextText() == "{\"type\":\"ice\",\"n\":\(number)}") }
            // And from here on nothing needs to wait.
            #expect(try await a.nextText() == roomFull)
            try await a.send(#"{"type":"ice","n":"live"}"#)
            #expect(try await b.nextText() == #"{"type":"ice","n":"live"}"#)
        }
    }

    @Test func atMostAMebibyteWaits() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            let quarter = #"{"type":"ice","x":""# + String(repeating: "x", count: 262_144 - 21) + "\"}"
            for _ in 0..<4 { try await a.send(ClientFrame.text(quarter)) }
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await a.nextText().isError("peer_absent"))
            #expect(try await server.metrics()["nt_held_bytes"] == 1_048_576)
            let b = try await server.join(room, "B")
            #expect(try await b.nextText() == roomFull)
            for _ in 0..<4 { #expect(try await b.nextText() == quarter) }
            #expect(try await server.metrics()["nt_held_bytes"] == 0)
        }
    }

    @Test func whatWaitsGoesWithItsSender() async throws {
        try await withServer { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            try await a.send(#"{"type":"offer","from":"the first"}"#)
            try await a.close()
            let again = try await server.join(room, "A")
            try await again.send(#"{"type":"offer","from":"the second"}"#)
            let b = try await server.join(room, "B")
            #expect(try await b.nextText() == roomFull)
            #expect(try await b.nextText() == #"{"type":"offer","from":"the second"}"#)
        }
    }

    @Test func whatAllRoomsHoldTogetherIsBoundedToo() async throws {
        try await withServer {
            $0.storedBytesMax = 100
        } _: { server in
            let other = try await server.join(randomRoom(), "A")
            try await other.send(#"{"type":"ice","x":""# + String(repeating: "x", count: 70) + "\"}")
            try await server.waitForFrames(1)
            let a = try await server.join(randomRoom(), "A")
            try await a.send(#"{"type":"ice"}"#)
            #expect(try await a.nextText().isError("peer_absent"))
        }
    }

    /// Both sides at the same instant, again and again.
    @Test func joinsAtTheSameInstantFillTheRoomOnce() async throws {
        try await withServer { server in
            for _ in 0..<40 {
                let room = randomRoom()
                async let joiningA = server.join(room, "A")
                async let joiningB = server.join(room, "B")
                let (a, b) = try await (joiningA, joiningB)
                for client in [a, b] {
                    #expect(try await client.nextText() == roomFull)
                    try await client.send(#"{"type":"ice"}"#)
                }
                #expect(try await a.nextText() == #"{"type":"ice"}"#)
                #expect(try await b.nextText() == #"{"type":"ice"}"#)
            }
        }
    }

    @Test func aServerThatHoldsAllTheRoomsItMayClosesTheNext() async throws {
        try await withServer {
            $0.maxRooms = 1
        } _: { server in
            let room = randomRoom()
            let a = try await server.join(room, "A")
            let close = try await server.join(randomRoom(), "A").finishClose()
            #expect(close.closeCode == 1013)
            #expect(close.closeReason == "server full")
            let b = try await server.join(room, "B")
            #expect(try await b.nextText() == roomFull)
            try await a.close()
            try await b.close()
            _ = try await server.pair()
        }
    }
}

extension TestServer {
    /// Waits until the server has read so many frames: what a client has sent need not have arrived.
    func waitForFrames(_ count: Int) async throws {
        try await eventually("\(count) frames were read") { self.counts.signalMessages.values.reduce(0, +) >= count }
    }
}

extension String {
    /// Whether this is the server's `error` frame with that code and a message for people.
    func isError(_ code: String) -> Bool {
        let prefix = #"{"type":"error","code":"\#(code)","message":""#
        return self.hasPrefix(prefix) && self.hasSuffix("\"}") && self.count > prefix.count + 2
    }
}
