import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketServer

/// Draining, restarting, and what is left when everybody has gone.
extension World {
    /// As the server stops: everybody is told, then closed, then cut off; then another starts with nothing.
    func restart(_ random: inout SplitMix64) {
        self.runLoops()
        self.pump(self.links)
        self.checkGauges()
        self.hub.phase = .draining
        let told = self.links.filter {
            $0.isResponsive && $0.answersPings && $0.handler.standing == .open && !$0.endedByClient && !$0.hasSentClose
        }
        for link in self.links where link.channel.isActive {
            self.loops[link.loop].turn {
                link.handler.announceDrain(reconnectAfterMilliseconds: 1_000)
                self.contexts[link.loop].flushTouched()
            }
        }
        self.runLoops()
        self.advance(by: .milliseconds(Int64(random.next() % 500)), answering: true)
        for link in self.links where link.channel.isActive {
            self.loops[link.loop].turn {
                link.handler.drain()
                self.contexts[link.loop].flushTouched()
            }
            self.follow(link.room)
        }
        self.runLoops()
        self.pump(self.links)
        for link in told where self.violation == nil && link.violation == nil {
            self.check(link.sawGoingAway, "\(link.name) was not told that the server goes away")
            self.check(
                link.receivedClose == 1001,
                "\(link.name) was closed \(link.receivedClose.map(String.init) ?? "without a word") at the server's end")
            self.check(link.expected.allSatisfy { $0 == .roomFull || $0 == .peerLeft }, "\(link.name) lost frames at the server's end")
        }
        self.advance(by: .seconds(6), answering: true)
        for link in self.links where link.channel.isActive {
            link.isAborted = true
            self.loops[link.loop].turn { link.handler.abort() }
            self.follow(link.room)
        }
        self.runLoops()
        self.followAll()
        self.check(
            self.hub.connections.openWebSockets == 0, "\(self.hub.connections.openWebSockets) connections are left at the server's end")
        self.removeAllLinks()
        self.upgrades = [:]
        self.roomNames.removeLast(max(0, self.roomNames.count - self.profile.rooms))
        if self.violation == nil { self.startServer() }
    }

    /// What was stored is fetched by those it was for, everybody leaves, and nothing is left.
    func finish(_ random: inout SplitMix64) {
        for link in self.links { link.isStalled = false }
        self.settle()
        // Time for the server to notice who is not there any more.
        self.advance(by: .seconds(self.profile.heartbeatSeconds * 3 + 2), answering: true)
        self.fetchEverything(&random)
        for (index, link) in self.links.enumerated() where link.channel.isActive {
            self.leave(link, by: [.shut, .cut, .reset, .vanish][index % 4])
        }
        self.advance(by: .seconds(self.profile.heartbeatSeconds * 3 + 10), answering: true)
        self.advance(by: .seconds(self.profile.roomTTLSeconds + self.profile.codeTTLSeconds + 65), answering: true)
        self.removeOver()
        self.checkGauges()
        self.check(!self.links.contains { $0.channel.isActive }, "a connection is open that nobody holds")
        self.check(self.hub.rooms.count == 0, "\(self.hub.rooms.count) rooms are left")
        self.check(
            self.hub.rooms.totals.snapshot == RoomTotals.Snapshot.nothing,
            "something is left in the rooms: \(self.hub.rooms.totals.snapshot)")
        self.check(self.hub.codes.gauges(now: self.time.now).live == 0, "codes are left")
        self.check(self.hub.limits.keyCount == 0, "limiter windows are left")
        for context in self.contexts { self.check(context.timers.count == 0, "\(context.timers.count) deadlines are left") }
    }

    /// A fresh client for every side where something waits gets all of it.
    private func fetchEverything(_ random: inout SplitMix64) {
        for room in self.roomsInOrder {
            for side in Side.allCases where room[mailbox: side].count > 0 && self.violation == nil {
                if let holder = room[seat: side] { self.leave(holder, by: .cut) }
                guard self.rooms[room.id] === room, self.hub.connections.openWebSocket() else { continue }
                let link = self.open(0, room.id, side, "fetch", loop: 0, pingSeed: random.next())
                let last = room[mailbox: side].lastSeq
                link.wire.append(first: 0x81, ByteBuffer(string: #"{"type":"hello","deliveredUpTo":0}"#), mask: 7, means: .hello(0))
                self.advance(by: .milliseconds(2_500), answering: true)
                self.check(link.lastSeq >= last, "\(link.name) fetched items up to \(link.lastSeq) of \(last)")
                self.leave(link, by: .cut)
            }
        }
    }
}
