import NIOCore
import SignalingCore
import SignalingWire
import WebSocketServer

/// Bytes on their way, and loops taking their turns.
extension World {
    /// What a socket's receive buffer takes while the server does not read.
    private static let receiveCapacity = 64 * 1024

    /// Something happens on the link's loop: first it, then what it means.
    private func turn(_ link: Link, _ body: () -> Void) {
        let wasOpen = link.handler.standing == .open
        self.loops[link.loop].turn(body)
        if wasOpen { self.consume(link) }
        self.follow(link.room)
    }

    /// At most so many bytes reach the server's end, and it reads if it wants to, in chunks of at most `chunk`.
    func upload(_ link: Link, most: Int, chunk: Int) {
        guard !link.isVanished, link.channel.isActive else { return }
        let room = Self.receiveCapacity - link.channel.received.readableBytes
        let length = min(most, room, link.wire.bytes.readableBytes)
        if length > 0 {
            link.channel.arrive(&link.wire.bytes, length: length)
            link.wire.bytes.discardReadBytes()
        }
        while link.channel.canRead, self.violation == nil {
            let before = link.channel.bytesRead
            self.turn(link) { link.channel.read(most: chunk) }
            if link.channel.bytesRead > before { link.heard(now: self.time.now) }
        }
    }

    /// The client reads at most so many bytes.
    func download(_ link: Link, most: Int) {
        guard link.isResponsive else { return }
        while self.violation == nil {
            var bytes = ByteBuffer()
            let takenBefore = link.channel.bytesTaken
            self.turn(link) { bytes = link.channel.takeSent(most: most) }
            if bytes.readableBytes > 0 || link.channel.bytesTaken > takenBefore { link.progressed(now: self.time.now) }
            guard bytes.readableBytes > 0 else { break }
            if !link.endedByClient, let fault = link.receive(bytes) { self.fail(fault) }
            if let id = link.room.mailboxID { self.learn(id, of: link.room) }
            if most < Int.max { break }
        }
        self.noticeEnd(of: link)
    }

    /// The client sees that the server has ended the connection.
    private func noticeEnd(of link: Link) {
        guard link.channel.sent.readableBytes == 0, let end = link.channel.sentEnd, !link.endedByClient else { return }
        link.endedByClient = true
        self.checkEnd(of: link, end)
        self.end(link, .fin)
    }

    /// The client ends the connection; an orderly end comes behind everything it sent.
    func end(_ link: Link, _ end: SimulatedChannel.End) {
        link.endedByClient = true
        guard link.channel.isActive, !link.isVanished else { return }
        if end == .fin {
            link.channel.arrive(&link.wire.bytes, length: link.wire.bytes.readableBytes)
            while link.channel.isActive, link.channel.received.readableBytes > 0 { self.turn(link) { link.channel.readBeforeEnd() } }
        }
        self.turn(link) { link.channel.end(end) }
    }

    /// Loops do what other loops handed them.
    func runLoops() {
        var isAnyBusy = true
        var rounds = 0
        while isAnyBusy, self.violation == nil {
            isAnyBusy = false
            for index in self.loops.indices where self.loops[index].hasWork {
                isAnyBusy = true
                self.runLoop(index)
            }
            rounds += 1
            if rounds > 1_000 { self.fail("the loops keep each other busy without end") }
        }
    }

    func runLoop(_ index: Int) {
        guard self.loops[index].hasWork else { return }
        if !self.loops[index].runReady() { self.fail("a loop does not come to rest") }
        self.followChanged()
    }

    /// Everything that can arrive arrives, until nothing moves.
    func pump(_ links: [Link]) {
        for round in 0... {
            var moved = 0
            for link in links where !link.isVanished {
                moved += link.wire.bytes.readableBytes + link.channel.received.readableBytes
                self.upload(link, most: .max, chunk: 65_536)
                moved -= link.wire.bytes.readableBytes + link.channel.received.readableBytes
                if link.isResponsive {
                    moved += link.channel.sent.readableBytes
                    self.download(link, most: .max)
                }
            }
            if self.loops.contains(where: \.hasWork) {
                moved += 1
                self.runLoops()
            }
            if moved == 0 || self.violation != nil { return }
            if round > 10_000 { return self.fail("the network does not come to rest") }
        }
    }
}
