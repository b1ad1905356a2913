import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore

/// One step.
extension World {
    func perform(_ step: Step) {
        var random = SplitMix64(seed: step.seed)
        switch step.action {
        case .mint: self.mint(step.client, &random)
        case .redeem: self.redeem(step.client, &random)
        case .guess: self.guess(step.client, &random)
        case .inquire: self.inquire(step.client, &random)
        case .turn: self.runLoop(Int(step.seed % UInt64(self.loops.count)))
        case .advance:
            self.advance(by: .milliseconds(Int64(random.next() % 4_000)), responding: true, lagging: random.next() % 3 == 0)
        case .jump: self.jump(by: .milliseconds(Int64(random.next() % 60_000)))
        case .settle: self.settle()
        case .restart: self.restart(&random)
        case .store: self.actOnStore(&random)
        case .die: self.die(&random)
        default: self.act(step, &random)
        }
        self.removeOver()
        if let tell = self.tell { tell(self.describe(step)) }
        // With very many connections a look at all of them is taken now and then.
        if self.links.count < 64 || step.seed % 16 == 0 { self.checkGauges() }
    }

    private func act(_ step: Step, _ random: inout SplitMix64) {
        guard let link = self.current[step.client], link.receivedClose == nil || step.action != .connect else {
            return self.connect(step.client, &random)
        }
        switch step.action {
        case .connect:
            // A second connection of the same client: it lost sight of the first.
            if random.next() % 2 == 0 { link.isVanished = true }
            self.connect(step.client, &random)
        case .contest: self.contest(link, &random)
        case .shut, .cut, .reset, .vanish: self.leave(link, by: step.action)
        case .stall: link.isStalled = true
        case .resume:
            link.isStalled = false
            link.respondsToPings = true
        case .mute: link.respondsToPings = false
        case .upload:
            let chunk = 1 + Int(random.next() % (random.next() % 2 == 0 ? 16 : 65_536))
            self.upload(link, most: 1 + Int(random.next() % 70_000), chunk: chunk, reads: 1 + Int(random.next() % 4))
        case .download: self.download(link, most: 1 + Int(random.next() % (random.next() % 2 == 0 ? 20 : 300_000)))
        default: self.write(link, step.action, &random)
        }
        guard random.next() % 100 < self.profile.promptness else { return }
        self.runLoops()
        let room = link.room
        self.pump(self.links.filter { $0.room === room })
    }

    /// Two others ask for a side, about two seconds apart, whose holder does not respond and may leave just then. Step by step this would
    /// come together once in a million steps.
    private func contest(_ holder: Link, _ random: inout SplitMix64) {
        holder.respondsToPings = false
        self.challenge(holder, by: holder.client + 1, &random)
        self.advance(by: .milliseconds(1_200 + Int64(random.next() % 900)), responding: true, lagging: random.next() % 2 == 0)
        if random.next() % 4 > 0 { self.leave(holder, by: random.next() % 2 == 0 ? .cut : .reset) }
        self.challenge(holder, by: holder.client + 2, &random)
        self.advance(by: .milliseconds(Int64(random.next() % 900)), responding: true, lagging: random.next() % 2 == 0)
    }

    private func challenge(_ holder: Link, by client: Int, _ random: inout SplitMix64) {
        guard self.violation == nil, self.current[client] == nil, self.rooms[holder.room.id] === holder.room,
            self.admit(.upgrade, Origin(client: client), &random)
        else { return }
        let loop = Int(random.next() % UInt64(self.loops.count))
        var arrival = Arrival(
            client: client, room: holder.room.id, side: holder.side, address: Origin(client: client).address, loop: loop,
            pingSeed: random.next())
        // Most challengers of one who has shown the token have it too, or they would be turned away.
        arrival.hasToken = self.profile.isMintedOnly || holder.hasToken && random.next() % 4 > 0
        self.open(arrival)
    }

    /// Everything arrives, challenges are decided, and all that must be true at rest is looked at.
    func settle() {
        self.runLoops()
        self.pump(self.links)
        self.advance(by: .milliseconds(2_500), responding: true)
        self.pump(self.links)
        self.checkRest()
    }

    private func describe(_ step: Step) -> String {
        let link = self.current[step.client]
        let place =
            link.map { "connection \($0.id.rawValue), room \($0.room.id.text.prefix(18)), side \($0.side.name), sid \($0.sid ?? "none")" }
            ?? "not connected"
        return
            "\(step.action.rawValue) by client \(step.client) (\(place)), time \((self.now - MonotonicTime(nanoseconds: 1_000_000_000_000)).milliseconds) ms"
    }
}
