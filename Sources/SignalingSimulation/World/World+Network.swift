import ByteStreams
import NIOCore
import SignalingCore
import SignalingTestKit
import SignalingWire
import WebSocketServer

/// Bytes on their way, and loops taking their turns.
extension World {
    /// What a socket's receive buffer takes while the server does not read.
    private static let receiveCapacity = 64 * 1024
    /// Reads of one connection before it is others' turn. Where a message that is not whole can be the last straw, it has to be known at
    /// which read it was.
    private func readsInARow(_ link: Link) -> Int { link.mayBeFull ? 1 : 4 }

    /// Something happens on a loop. Streams that leave it to the loop's round to wake those who got something have it done now, or when
    /// the round ends.
    func turn(on loop: Int, _ body: () -> Void) {
        self.loops[loop].turn {
            body()
            if !self.isInRound { self.contexts[loop].flushTouched() }
        }
    }

    /// Something happens on the link's loop: first it, then what it means.
    private func turn(_ link: Link, _ body: () -> Void) {
        self.turn(on: link.loop, body)
        if !link.isWaiting { self.consume(link) }
        self.consumeKept()
        self.follow(link.room)
        // Others may have had to give up what they held for it.
        if link.mayBeFull { self.followChanged() }
    }

    /// At most so many bytes reach the server's end, and it reads if it wants to, in chunks of at most `chunk`.
    func upload(_ link: Link, most: Int, chunk: Int, reads: Int = .max) {
        guard !link.isVanished, link.stream.isOpen else { return }
        if link.stream.isReset { return self.turn(link) { link.stream.noticeReset() } }
        let length = min(most, Self.receiveCapacity - link.stream.arrived.readableBytes, link.wire.bytes.readableBytes)
        if length > 0, let bytes = link.wire.bytes.readSlice(length: length) {
            link.stream.arrive(bytes)
            link.wire.bytes.discardReadBytes()
        }
        let reads = min(reads, self.readsInARow(link))
        while link.stream.canRead, self.violation == nil {
            let before = link.stream.bytesRead
            self.turn(link) { link.stream.read(most: chunk, reads: reads) }
            if link.stream.bytesRead > before { link.heard(now: self.now) }
        }
    }

    /// The client reads at most so many bytes.
    func download(_ link: Link, most: Int) {
        guard link.isResponsive else { return }
        // A turn in which nothing can move would still have all other connections looked at: with thousands of them, that is most of the time.
        if !link.stream.hasOutput { return self.noticeEnd(of: link) }
        while self.violation == nil {
            var bytes = ByteBuffer()
            let takenBefore = link.stream.bytesTaken
            self.turn(link) { bytes = link.stream.takeSent(most: most) }
            if bytes.readableBytes > 0 || link.stream.bytesTaken > takenBefore { link.progressed(now: self.now) }
            guard bytes.readableBytes > 0 else { break }
            if !link.endedByClient, let fault = link.receive(bytes) { self.fail(fault) }
            if let id = link.room.mailboxID { self.learn(id, of: link.room) }
            if most < Int.max { break }
        }
        self.noticeEnd(of: link)
    }

    /// The client sees that the server has ended the connection.
    private func noticeEnd(of link: Link) {
        guard link.stream.sent.readableBytes == 0, let end = link.stream.sentEnd, !link.endedByClient else { return }
        link.endedByClient = true
        self.checkEnd(of: link, end)
        self.end(link, .fin)
    }

    /// The client ends the connection; an orderly end comes behind everything it sent, which may take the server more than one turn to
    /// read. A reset it may notice late, and write in vain until then.
    func end(_ link: Link, _ end: MemoryStream.End) {
        link.endedByClient = true
        guard link.stream.isOpen, !link.isVanished, !link.stream.isReset else { return }
        if end == .fin {
            link.stream.arrive(link.wire.bytes)
            link.wire.bytes.clear()
            self.turn(link) { link.stream.end(.fin, reads: self.readsInARow(link)) }
        } else if link.random.next() % 2 == 0 {
            self.turn(link) { link.stream.end(.reset) }
        } else {
            link.stream.resetUnnoticed()
        }
    }

    /// Loops do what other loops handed them.
    func runLoops() {
        var isAnyBusy = true
        var rounds = 0
        while isAnyBusy, self.violation == nil {
            isAnyBusy = self.runStore()
            for index in self.loops.indices where self.hasWork(index) {
                isAnyBusy = true
                self.runLoop(index)
            }
            rounds += 1
            if rounds > 1_000 { self.fail("the loops keep each other busy without end") }
        }
    }

    private func hasWork(_ index: Int) -> Bool {
        self.loops[index].hasWork || self.arrivals.contains { $0.loop == index && !$0.isHeldUp }
    }

    func runLoop(_ index: Int) {
        guard self.hasWork(index) else { return }
        self.land(on: index, first: true)
        // What a room was told of its items came before what its connections do next.
        let isAtRest = self.loops[index].runReady {
            guard !self.storing.isEmpty else { return }
            self.followStored()
            self.followChanged()
        }
        if !isAtRest { self.fail("a loop does not come to rest") }
        self.followChanged()
        self.followReplies(on: index)
        self.land(on: index, first: false)
    }

    /// Everything that can arrive arrives, until nothing moves.
    func pump(_ links: [Link]) {
        for round in 0... {
            var moved = 0
            self.isInRound = self.profile.manner == .socket
            for link in links where !link.isVanished {
                moved += link.wire.bytes.readableBytes + link.stream.arrived.readableBytes + (link.stream.isReset ? 1 : 0)
                self.upload(link, most: .max, chunk: 65_536)
                moved -= link.wire.bytes.readableBytes + link.stream.arrived.readableBytes
                if link.isResponsive {
                    moved += link.stream.sent.readableBytes
                    self.download(link, most: .max)
                }
            }
            if self.isInRound { self.endRound(links) }
            if self.loops.indices.contains(where: self.hasWork) || self.store?.isReady(now: self.now) == true {
                moved += 1
                self.runLoops()
            }
            if moved == 0 || self.violation != nil { return }
            if round > 10_000 { return self.fail("the network does not come to rest") }
        }
    }

    /// Whoever got something in this round is woken.
    private func endRound(_ links: [Link]) {
        self.isInRound = false
        for index in self.loops.indices { self.turn(on: index) {} }
        self.followChanged(links)
    }
}
