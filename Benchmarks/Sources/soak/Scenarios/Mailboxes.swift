import LoadClients
import NIOCore

/// Mailboxes: a sender that stays, and a receiver that comes and goes in every way there is.
extension Soak {
    func mailbox(_ cast: Cast) async throws {
        let room = self.newRoom()
        let sid = self.chance(0.7) ? self.newSID() : nil
        let book = cast.mailbox("B")
        let sender = try await cast.open(room, .a, from: self.newAddress())
        let address = self.newAddress()
        var number = 0
        for round in 0..<self.number(2...5) {
            if self.chance(0.6) { self.post(&number, book, from: sender) }
            await self.pause(0...0.5)
            let receiver = try await cast.open(room, .b, sid: sid, from: address)
            try await sender.expect(.roomFull)
            try await receiver.expect(.roomFull)
            // With nothing waiting, items come without hello.
            let says = !book.isSurelyEmpty || self.chance(0.5)
            let counts = self.chance(0.6) && round > 0
            if says { receiver.send(.hello, Payloads.hello(deliveredUpTo: counts ? book.receivedUpTo : nil)) }
            book.begin(deliveredUpTo: says && counts ? book.receivedUpTo : nil)
            if says && counts && book.receivedUpTo > 0 { try await self.confirm(receiver, book) }
            if self.chance(0.7) { self.post(&number, book, from: sender) }
            let leaves = Departure.allCases.randomElement(using: &self.random) ?? .politely
            try await self.receive(book, receiver, isHasty: leaves != .politely && self.chance(0.5))
            try await self.depart(receiver, book, leaves)
            try await sender.expect(.peerLeft)
        }
        try await self.readTheRest(cast, book, sender, room, sid, address)
        try await sender.close()
    }

    private func post(_ number: inout Int, _ book: MailboxBook, from sender: WebSocketClient) {
        for _ in 0..<self.number(1...12) {
            number += 1
            let item = Payloads.item(number, bytes: self.chance(0.05) ? self.number(5000...30_000) : self.number(20...800))
            book.append(item)
            sender.send(.send, Payloads.send(item, to: .b))
        }
    }

    private enum Departure: CaseIterable { case politely, byCut, byReset }

    /// Takes everything that is to come, acknowledging some of it; whoever is hasty stops somewhere in between.
    private func receive(_ book: MailboxBook, _ receiver: WebSocketClient, isHasty: Bool = false) async throws {
        let acknowledges = self.chance(0.6)
        if book.isUncertain {
            try await receiver.sync()
            if receiver.waiting == 0 { return book.confirm() }
            try await receiver.expect(itemOf: book)
        }
        while book.mayExpect, !(isHasty && self.chance(0.1)) {
            try await receiver.expect(itemOf: book)
            if acknowledges, self.chance(0.5) {
                let spelling = self.chance(0.5) ? "upTo" : "seq"
                receiver.send(.delivered, Payloads.delivered(upTo: book.receivedUpTo, spelling: spelling))
                book.acknowledge(upTo: book.receivedUpTo)
            }
        }
    }

    private func confirm(_ receiver: WebSocketClient, _ book: MailboxBook) async throws {
        // Items may come before the pong; they wait to be asked for.
        try await receiver.sync()
        book.confirm()
    }

    private func depart(_ receiver: WebSocketClient, _ book: MailboxBook, _ manner: Departure) async throws {
        switch manner {
        case .politely:
            try await receiver.close()
            return book.confirm()
        case .byCut: receiver.cut()
        case .byReset: receiver.reset()
        }
        try await receiver.ended()
        // Whoever goes like this has not seen what came in the meantime.
        receiver.forgetWaiting()
        book.breakOff()
    }

    /// Comes a last time; now and then leaves the mailbox as it is, to be forgotten with its room.
    private func readTheRest(
        _ cast: Cast, _ book: MailboxBook, _ sender: WebSocketClient, _ room: String, _ sid: String?, _ address: String
    ) async throws {
        if self.chance(0.1) { return }
        let receiver = try await cast.open(room, .b, sid: sid, from: address)
        try await sender.expect(.roomFull)
        try await receiver.expect(.roomFull)
        receiver.send(.hello, Payloads.hello(deliveredUpTo: nil))
        book.begin(deliveredUpTo: nil)
        try await self.receive(book, receiver)
        receiver.send(.delivered, Payloads.delivered(upTo: book.last, spelling: "upTo"))
        book.acknowledge(upTo: book.last)
        try await receiver.close()
        book.confirm()
        try await sender.expect(.peerLeft)
    }

    /// A mailbox that is filled to its bound, with one item too many.
    func mailboxFull(_ cast: Cast) async throws {
        let room = self.newRoom()
        let book = cast.mailbox("B")
        let sender = try await cast.open(room, .a, from: self.newAddress())
        for number in 1...Self.mailboxBound {
            let item = Payloads.item(number, bytes: 100)
            book.append(item)
            sender.send(.send, Payloads.send(item, to: .b))
        }
        sender.send(.send, Payloads.send(Payloads.item(0, bytes: 100), to: .b))
        try await sender.expect(error: "mailbox_full")
        let receiver = try await cast.open(room, .b, sid: "", from: self.newAddress())
        try await sender.expect(.roomFull)
        try await receiver.expect(.roomFull)
        receiver.send(.hello, Payloads.hello(deliveredUpTo: nil))
        book.begin(deliveredUpTo: nil)
        while book.receivedUpTo < book.last { try await receiver.expect(itemOf: book) }
        receiver.send(.delivered, Payloads.delivered(upTo: book.last, spelling: "seq"))
        try await receiver.close()
        try await sender.expect(.peerLeft)
        try await sender.close()
    }

    /// MAILBOX_MAX_MESSAGES as it is by default.
    private static let mailboxBound = 1000

    /// A client alone sends more than is held for one that is not there yet.
    func heldOverflow(_ cast: Cast) async throws {
        let room = self.newRoom()
        let stream = cast.stream("A to B")
        let early = try await cast.open(room, .a, from: self.newAddress())
        for number in 0..<Self.heldBound { stream.send(.ice, Payloads.ice(number), through: early, at: self.loop.now) }
        let tooMany = self.number(1...40)
        for number in 0..<tooMany { early.send(.ice, Payloads.ice(Self.heldBound + number)) }
        for _ in 0..<tooMany { try await early.expect(error: "peer_absent") }
        let late = try await cast.open(room, .b, from: self.newAddress())
        try await early.expect(.roomFull)
        try await late.expect(.roomFull)
        while stream.waiting > 0 { try await late.expect(frameOf: stream) }
        try await early.close()
        try await late.expect(.peerLeft)
        try await late.close()
    }

    /// Messages that are held for one connection.
    private static let heldBound = 256
}
