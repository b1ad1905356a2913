import SignalingCore
import SignalingTestKit
import Testing
import TimeKeeping

/// Clients whose connections break at any moment, and a server that is started again: nothing is lost, and nothing comes twice.
@Suite struct ResumeTests {
    @Test func drops() async throws {
        try await withServer { server in
            var random = SplitMix64(seed: 11)
            let room = randomRoom()
            var sender = Sender(total: 150)
            var receiver = Receiver()
            var rounds = 0
            while receiver.seen < sender.total || sender.accepted < sender.total {
                rounds += 1
                try #require(rounds < 300)
                try await sender.connect(to: server, room, ahead: 12, answers: Int.random(in: 0...10, using: &random))
                try await receiver.connect(to: server, room, atMost: Int.random(in: 0...9, using: &random), accepted: sender.accepted)
            }
            #expect(sender.accepted == sender.total)
            #expect(sender.sent > sender.total)
            // Both may come back once more, and there is nothing left.
            try await sender.connect(to: server, room, ahead: 12, answers: 0)
            try await receiver.connect(to: server, room, atMost: 0, accepted: sender.accepted)
            #expect(receiver.acknowledged == UInt64(sender.total))
        }
    }

    /// The numbers of a server that is no more do not free what this one has stored.
    @Test func aRestart() async throws {
        let room = randomRoom()
        var mailboxes: [String] = []
        for life in 1...2 {
            try await withServer { server in
                let a = try await server.join(room, "A", sid: "a")
                for ref in 1...3 { try await a.send(#"{"type":"send","to":"B","payload":"\#(life).\#(ref)","ref":\#(ref)}"#) }
                for ref in 1...3 { #expect(try await a.nextText() == #"{"type":"accepted","ref":\#(ref)}"#) }
                let b = try await server.join(room, "B", sid: "b")
                #expect(try await b.nextText() == roomFull)
                try await b.send(#"{"type":"hello","deliveredUpTo":\#(life == 1 ? 0 : 3),"mailbox":"\#(mailboxes.last ?? "")"}"#)
                let answer = try await b.nextText()
                mailboxes.append(try #require(answer.mailboxID))
                #expect(answer == #"{"type":"mailbox","id":"\#(mailboxes.last ?? "")","deliveredUpTo":0}"#)
                for seq in 1...3 { #expect(try await b.nextText() == #"{"type":"deliver","seq":\#(seq),"payload":"\#(life).\#(seq)"}"#) }
            }
        }
        #expect(Set(mailboxes).count == 2)
    }

    @Test func aRoomThatExpiredHasAnotherMailbox() async throws {
        try await withServer { server in
            let room = randomRoom()
            var mailboxes: [String] = []
            for wait in [590, 601, 0] {
                let a = try await server.join(room, "A", sid: "a")
                try await a.send(#"{"type":"hello","mailbox":"\#(mailboxes.last ?? "")"}"#)
                mailboxes.append(try #require(try await a.nextText().mailboxID))
                // In the second life of the room, which is the first still, this was stored before.
                try await a.send(#"{"type":"send","to":"B","payload":1,"ref":1}"#)
                #expect(try await a.nextText() == #"{"type":"accepted","ref":1}"#)
                try await eventually("one item is stored") { try await server.metrics()["nt_mailbox_messages"] == 1 }
                try await a.close()
                try await eventually("it has left") { try await server.metrics()["nt_peers_active"] == 0 }
                server.clock.advance(by: .seconds(Int64(wait)))
                if wait > 600 { try await eventually("the room is forgotten") { try await server.metrics()["nt_rooms_kept"] == 0 } }
            }
            #expect(mailboxes[0] == mailboxes[1] && mailboxes[1] != mailboxes[2])
        }
    }
}

/// Sends numbered items to side B, and those again of which it did not hear that they are stored.
private struct Sender {
    let total: Int
    var accepted = 0
    var sent = 0

    init(total: Int) { self.total = total }

    /// One connection: it sends, hears some answers, and breaks.
    mutating func connect(to server: TestServer, _ room: String, ahead: Int, answers: Int) async throws {
        let connection = try await server.join(room, "A", sid: "sender")
        let refs = Array((self.accepted + 1)..<max(self.accepted + 1, min(self.total, self.accepted + ahead) + 1))
        try await connection.send(refs.map { .text(#"{"type":"send","to":"B","payload":\#($0),"ref":\#($0)}"#) })
        self.sent += refs.count
        var heard = 0
        while heard < min(answers, refs.count) {
            let text = try await connection.nextText()
            guard text != roomFull, text != peerLeft else { continue }
            self.accepted += 1
            heard += 1
            #expect(text == #"{"type":"accepted","ref":\#(self.accepted)}"#)
        }
        connection.socket.close()
    }
}

/// Takes each item once, in order.
private struct Receiver {
    var seen = 0
    var mailbox = ""
    /// As the server's last answer had it.
    var acknowledged: UInt64 = 0

    /// One connection: it says what it has, takes some items, and breaks. Those that were accepted are there to be taken.
    mutating func connect(to server: TestServer, _ room: String, atMost limit: Int, accepted: Int) async throws {
        let connection = try await server.join(room, "B", sid: "receiver")
        try await connection.send(#"{"type":"hello","deliveredUpTo":\#(self.seen),"mailbox":"\#(self.mailbox)"}"#)
        var isTold = false
        var taken = 0
        while !isTold || taken < min(limit, accepted - self.seen + taken) {
            let text = try await connection.nextText()
            guard text != roomFull, text != peerLeft else { continue }
            if let mailbox = text.mailboxID {
                #expect(self.mailbox.isEmpty || self.mailbox == mailbox)
                self.mailbox = mailbox
                self.acknowledged = try #require(PlainJSON(Array(text.utf8))?["deliveredUpTo"]?.integer())
                isTold = true
                continue
            }
            self.seen += 1
            taken += 1
            #expect(text == #"{"type":"deliver","seq":\#(self.seen),"payload":\#(self.seen)}"#)
        }
        connection.socket.close()
    }
}

extension String {
    /// The `id` of a mailbox frame.
    fileprivate var mailboxID: String? { PlainJSON(Array(self.utf8))?["id"]?.text }
}
