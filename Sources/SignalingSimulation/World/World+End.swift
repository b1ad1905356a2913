import ByteStreams
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// Draining, restarting, and what is left when everybody has gone.
extension World {
    /// As the server stops: everybody is told, then closed, then cut off; then another starts with nothing.
    func restart(_ random: inout SplitMix64) {
        self.runLoops()
        self.pump(self.links)
        self.checkGauges()
        // Some that were admitted just before come when everybody has been told, and some when everybody is closed.
        for _ in 0..<(random.next() % 3) { self.admitLate(&random) }
        let soon = self.arrivals.indices.filter { _ in random.next() % 2 == 0 }
        self.requests.isDraining = true
        self.signaling.phase.value = .draining
        var told = self.links.filter(self.canBeTold)
        for index in self.loops.indices {
            self.turn(on: index) { self.contexts[index].connections.announceDrain(reconnectAfterMilliseconds: 1_000...1_000) }
        }
        self.requestInVain(&random)
        for index in soon { self.arrivals[index].isHeldUp = false }
        self.runLoops()
        told += self.links.filter { link in self.canBeTold(link) && !told.contains { $0 === link } }
        self.advance(by: .milliseconds(Int64(random.next() % 500)), responding: true)
        self.drainLine(&random)
        self.close(oneByOne: random.next() % 2 == 0)
        self.requestInVain(&random)
        told += self.landLate()
        self.runLoops()
        self.pump(self.links)
        for link in told where self.violation == nil && link.violation == nil && !link.beganBadly { self.checkTold(link) }
        self.advance(by: .seconds(6), responding: true)
        for link in self.links where link.stream.isOpen {
            link.isAborted = true
            self.turn(on: link.loop) { link.connection?.abort() }
            self.follow(link.room)
        }
        self.runLoops()
        self.followAll()
        if random.next() % 4 > 0 { self.calmStore() }
        let left = self.signaling.admission.open
        self.check(left == 0, "\(left) connections are left at the server's end")
        self.removeAllLinks()
        self.roomNames.removeLast(max(0, self.roomNames.count - self.profile.rooms))
        if self.violation == nil { self.endProcess() }
    }

    private func canBeTold(_ link: Link) -> Bool {
        link.isResponsive && link.respondsToPings && link.progress == .open && !link.endedByClient && !link.hasSentClose
            && !self.isContested(link)
    }

    /// Somebody waits for its side, which it may lose: it may have missed the ping that asked whether it is alive.
    private func isContested(_ link: Link) -> Bool {
        self.links.contains { $0.room === link.room && $0.side == link.side && $0 !== link && $0.progress == .held }
    }

    private func admitLate(_ random: inout SplitMix64) {
        let client = Int(random.next() % UInt64(self.profile.clients))
        guard var arrival = self.admittedArrival(client, &random) else { return }
        arrival.isHeldUp = true
        self.arrivals.append(arrival)
    }

    /// The server takes on nothing any more.
    private func requestInVain(_ random: inout SplitMix64) {
        for _ in 0..<(random.next() % 4) {
            let client = Int(random.next() % UInt64(self.profile.clients))
            switch random.next() % 4 {
            case 0: self.mint(client, &random)
            case 1: self.redeem(client, &random)
            case 2: self.inquire(client, &random)
            default: self.connect(client, &random)
            }
        }
    }

    /// As a server closes everybody: a loop's connections in one turn, where which of two is first is the loop's to choose; or one by one.
    /// Whoever waits for a side could have it for no time at all in such a turn, which nobody could see.
    private func close(oneByOne: Bool) {
        let isContested = self.links.contains(where: \.isWaiting)
        for link in self.links where (oneByOne || isContested) && link.stream.isOpen {
            self.turn(on: link.loop) { link.connection?.drain() }
            self.follow(link.room)
            // Whoever has a side by that, on another loop perhaps, reads what was kept for it before it is closed itself.
            if isContested { self.runLoops() }
        }
        for index in self.loops.indices {
            self.turn(on: index) { self.contexts[index].connections.drain() }
            self.drainedLoops.insert(index)
            self.followChanged()
        }
        self.runLoops()
    }

    /// The last of those who were admitted come, of whom some are told to go again.
    private func landLate() -> [Link] {
        for index in self.arrivals.indices { self.arrivals[index].isHeldUp = false }
        let last = self.counts.connections
        self.runLoops()
        return self.links.filter { $0.id.rawValue > last && ($0.mayBeRefused == nil || $0.isWaiting) && !$0.endedByClient }
    }

    private func checkTold(_ link: Link) {
        self.check(link.sawGoingAway, "\(link.name) was not told that the server goes away")
        let code: UInt16 = link.wasReplaced ? 4001 : 1001
        // It may have been its end already, for a reason of its own, which `checkEnd` has looked for.
        let isJustified = link.receivedClose == 1008 || link.receivedClose == 4002
        self.check(
            link.receivedClose == code || isJustified,
            "\(link.name) was closed \(link.receivedClose.map(String.init) ?? "without a word") at the server's end")
        self.check(link.expected.allSatisfy { $0.isPresence || $0.isDiagnosis }, "\(link.name) lost frames at the server's end")
    }

    /// What was stored is fetched by those it was for, everybody leaves, and nothing is left.
    func finish(_ random: inout SplitMix64) {
        for link in self.links { link.isStalled = false }
        self.calmStore()
        self.settle()
        // Time for the server to notice who is not there any more.
        self.advance(by: .seconds(self.profile.heartbeatSeconds * 3 + 2), responding: true)
        self.fetchEverything(&random)
        for (index, link) in self.links.enumerated() where link.stream.isOpen {
            self.leave(link, by: [.shut, .cut, .reset, .vanish][index % 4])
        }
        self.advance(by: .seconds(self.profile.heartbeatSeconds * 3 + 10), responding: true)
        self.advance(by: .seconds(self.profile.roomTTLSeconds + self.profile.codeTTLSeconds + 65), responding: true)
        self.removeOver()
        self.checkGauges()
        self.runLoops()
        self.checkStoreAtEnd()
        self.check(!self.links.contains { $0.stream.isOpen }, "a connection is open that nobody holds")
        self.check(self.signaling.rooms.count == 0, "\(self.signaling.rooms.count) rooms are left")
        self.check(
            self.signaling.rooms.totals.snapshot == RoomTotals.Snapshot.nothing,
            "something is left in the rooms: \(self.signaling.rooms.totals.snapshot)")
        self.check(self.signaling.codes.gauges(now: self.now)?.live == 0, "codes are left")
        self.check(self.signaling.limits.keyCount == 0, "limiter windows are left")
        for context in self.contexts { self.check(context.timers.count == 0, "\(context.timers.count) deadlines are left") }
    }

    /// Nobody whom a limit knows.
    private func newcomer() -> Origin { Origin(newcomer: self.counts.connections) }

    /// A fresh client for every side where something waits gets all of it.
    private func fetchEverything(_ random: inout SplitMix64) {
        for room in self.roomsInOrder {
            for side in Side.allCases where room[mailbox: side].count > 0 && self.violation == nil {
                if let holder = room[seat: side] { self.leave(holder, by: .cut) }
                let newcomer = self.newcomer()
                guard self.rooms[room.id] === room, self.admit(.upgrade, newcomer, &random) else { continue }
                let link = self.open(
                    Arrival(
                        client: 0, room: room.id, side: side, sid: "fetch", hasToken: room.locked.contains(side), address: newcomer.address,
                        loop: 0,
                        pingSeed: random.next()))
                let last = room[mailbox: side].lastSeq
                link.wire.append(first: 0x81, ByteBuffer(string: #"{"type":"hello","deliveredUpTo":0}"#), mask: 7, means: .hello(0))
                self.advance(by: .milliseconds(2_500), responding: true)
                self.check(link.lastSeq >= last, "\(link.name) fetched items up to \(link.lastSeq) of \(last)")
                self.leave(link, by: .cut)
            }
        }
    }
}
