import ByteStreams
import FairShares
import MetricsCore
import NIOCore
import SignalingCore
import SignalingRuntime
import SignalingTestKit
import SignalingWire
import TimeKeeping
import WebSocketCore
import WebSocketServer

/// What must hold.
extension World {
    /// After every step.
    func checkGauges() {
        let totals = self.signaling.rooms.totals.snapshot
        var expected = RoomTotals.Snapshot.nothing
        for room in self.roomsInOrder {
            expected.rooms += 1
            expected.mailboxMessages += room.mailboxMessages
            expected.mailboxBytes += room.mailboxBytes
            expected.peers += room.seated.count
            if room.pairing != nil { expected.pairings += 1 }
            let stored = room.stored
            expected.heldMessages += stored.messages - room.mailboxMessages
            expected.heldBytes += stored.bytes - room.mailboxBytes
            if !room.isDeserted { expected.activeRooms += 1 }
        }
        self.check(totals == expected, "the gauges say \(totals); it is \(expected)")
        let open = self.links.count(where: \.stream.isOpen)
        let taken = self.signaling.admission.open
        self.check(taken == self.placeHolders.count, "\(taken) places are counted; it is \(open), and \(self.arrivals.count) on their way")
        let known = self.contexts.reduce(0) { $0 + $1.connections.count }
        self.check(known == open, "the loops know \(known) connections; it is \(open)")
        let deadlines = self.contexts.reduce(0) { $0 + $1.timers.count }
        self.check(deadlines <= open, "\(deadlines) deadlines are filed for \(open) connections")
        self.check(taken <= self.profile.maxConnections, "\(taken) connections are more than may be")
        self.check(totals.rooms <= self.profile.maxRooms, "\(totals.rooms) rooms are more than may be")
        let live = self.gauges.live
        let most = self.codes.live.count + self.codes.redeeming.count + self.replies.count(where: \.isMint)
        self.check(live <= most, "\(live) codes are counted; at most \(most) are left")
        let shares = self.signaling.shares
        self.check(shares.total(.webSockets) == taken && shares.total(.rooms) == totals.rooms, "shares are counted wrongly")
        self.check(shares.total(.storedBytes) == totals.storedBytes, "the shares of stored bytes are counted wrongly")
        for link in self.links {
            let waiting = link.connection?.outbox.pendingBytes ?? 0
            self.check(waiting <= self.profile.maxMessage + 512 * 1024, "\(link.name): \(waiting) bytes wait in its queue")
        }
        let waiting = self.signaling.limits.redeemFailures.waiting
        let isRight = waiting == self.inLine.count && waiting == self.requests.failures.waiting
        self.check(isRight, "\(waiting) codes are counted that wait; it is \(self.inLine.count)")
        for link in self.links where link.expectedBytes > Self.mostQueued {
            let limit = self.profile.maxMessage + Self.mostQueued
            self.check(link.expectedBytes <= limit, "\(link.name): \(link.expectedBytes) bytes wait for a client that does not read")
        }
    }

    /// The contract's queue of 256 KiB, what a sender gets in before it is stopped (two reads of a sender and its successor), what may
    /// have been held for the newcomer, and the kernel's buffers.
    private static let mostQueued = 256 * 1024 + 4 * 65_536 + (1 << 20) + 2 * 262_144

    /// After everything that can arrive has: nothing is missing, nobody is stuck.
    func checkRest() {
        for link in self.links where link.isResponsive && link.stream.isOpen && !link.endedByClient {
            guard link.progress == .open else {
                self.check(link.progress != .held, "\(link.name) still waits for its side")
                continue
            }
            self.checkRest(of: link)
        }
        for room in self.roomsInOrder {
            self.check(
                self.signaling.rooms.room(room.id) === room.real, "a room was forgotten while somebody is in it or something waits in it")
        }
        self.checkStoredAtRest()
        let gauges = self.gauges
        let live = self.codes.liveCount(now: self.now)
        self.check(gauges.live >= live, "\(gauges.live) codes are counted; \(live) are live")
        self.checkCounts()
        self.checkEnds()
    }

    /// The server has its codes for itself: there are some.
    private var gauges: CodeService.Gauges { self.signaling.codes.gauges(now: self.now) ?? CodeService.Gauges(live: -1, digits: 0) }

    private func checkCounts() {
        let counts = self.signaling.metrics.counts
        let requests = self.requests
        for (counted, right, what) in [
            (counts.wsConnections, self.counts.connections, "connections"),
            (counts.wsClosed.values.reduce(0, +), self.counts.connections - self.links.count(where: \.stream.isOpen), "ended connections"),
            (counts.wsMessages[.text] + counts.wsMessages[.binary], self.counts.messages, "messages"),
            (counts.codesMinted, self.codes.minted, "minted codes"),
            (counts.codesExhausted, self.codes.exhausted, "requests that found no code free"),
            (counts.codesRedeemed[.ok], self.codes.redeemed, "redeemed codes"),
            (counts.codesRedeemed[.gone], self.codes.gone + self.codes.rivals, "wrong codes"),
            (counts.codesRedeemed[.repeated], self.codes.repeated, "repeated codes"),
            (counts.redeemWaits[.looked], requests.failures.looked, "codes that were looked at after a wait"),
            (counts.redeemWaits[.limited], requests.failures.gaveUp, "codes that waited in vain"),
            (counts.redeemWaits[.left], requests.failures.left, "codes whose clients left"),
            (counts.redeemWaits[.draining], requests.failures.drained, "codes that waited at the server's end"),
            (counts.codesRedeemed[.malformed], requests.malformedCodes, "malformed codes"),
            (counts.codesRedeemed[.limited], requests.failures.refusals, "codes of those who had guessed too often"),
            (counts.guessingAlarms, self.codes.alarms, "alarms"),
            (counts.rateLimited[.http], requests.http.refusals, "requests past the limit"),
            (counts.rateLimited[.ws], requests.upgrades.refusals, "upgrades past the limit"),
            (counts.rateLimited[.redeem], requests.failures.refusals, "refused guesses"),
            (counts.rateLimited[.telemetry], self.counts.telemetryRefused, "telemetry frames past the allowance"),
        ] {
            self.check(counted == right, "\(counted) \(what) are counted; it is \(right)")
        }
        let reports = [
            (counts.established.values.reduce(0, +), self.counts.established), (counts.failed.values.reduce(0, +), self.counts.failed),
        ]
        for (counted, sure) in reports {
            let isRight = (sure...sure + self.counts.unsure).contains(counted)
            self.check(isRight, "\(counted) sessions are counted as established or failed; it is \(sure), and \(self.counts.unsure) unsure")
        }
    }

    /// What became of pairings and of codes, which each count once.
    private func checkEnds() {
        let counts = self.signaling.metrics.counts
        for (labels, counted) in zip(PairingLabel.names, counts.pairings.values) {
            let sure = self.counts.pairings[labels, default: 0]
            let isRight = (sure...sure + self.counts.unsurePairings).contains(counted)
            self.check(isRight, "\(counted) pairings ended with \(labels); it is \(sure), and \(self.counts.unsurePairings) unsure")
        }
        let ended = self.signaling.codes.ended
        let redeemed = self.codes.redeemed + self.codes.redeemedInSilence
        self.check(ended.redeemed == redeemed, "\(ended.redeemed) codes ended redeemed; it is \(redeemed)")
        guard self.replies.isEmpty else { return }
        let all = ended.redeemed + (ended.expired ?? 0) + (ended.lost ?? 0) + self.gauges.live
        let begun = counts.codesMinted + self.counts.adoptedCodes
        self.check(all == begun, "\(begun) codes began here, and \(all) are live or have ended")
    }

    private func checkRest(of link: Link) {
        let room = link.room
        self.check(room[seat: link.side] === link, "\(link.name) is open and has no side")
        let other = room[seat: link.side.other]
        self.check(link.isUpgraded, "\(link.name) has no response to its upgrade")
        self.check(
            link.isPaired == (other != nil),
            "\(link.name) \(link.isPaired ? "was told that the other side is there, and it is not" : "was not told that the other side is there")"
        )
        let missing = link.expected.first { !link.isPresenceLoose || !($0.isPresence || $0.isDiagnosis) }
        self.check(missing == nil, "\(link.name) did not receive \(missing.map { "\($0)".prefix(200) } ?? "")")
        self.check(link.responses.isEmpty, "\(link.name) has no response to what it sent: \(link.responses)")
        self.check(link.pongs.isEmpty, "\(link.name): a ping was not answered")
        if link.isListening {
            let mailbox = room[mailbox: link.side]
            let reached = max(link.lastSeq, link.seatedAck, mailbox.acknowledged)
            self.check(reached == mailbox.lastSeq, "\(link.name) has items up to \(reached) of \(mailbox.lastSeq)")
        }
        // Whoever the server does not read from is waiting for somebody who does not read.
        let peers = [link] + [other].compactMap { $0 } + self.links.filter { $0.room === room && !$0.isResponsive }
        if peers.allSatisfy(\.isResponsive) {
            let left = link.wire.bytes.readableBytes + link.stream.arrived.readableBytes
            self.check(left == 0, "\(link.name): the server does not read \(left) bytes though nobody is behind")
            let waits = link.connection?.outbox.isReadingPaused ?? false
            self.check(!waits, "\(link.name) waits though nobody is behind")
        }
    }

    /// A connection that the server ended: for a reason, and the one it says.
    func checkEnd(of link: Link, _ end: MemoryStream.End) {
        let isTimeout = link.longestSilence >= .seconds(2) || link.longestStall >= .seconds(1)
        // A reset can overtake what was sent before it.
        self.check(end == .fin || isTimeout || link.isAborted, "\(link.name) was reset")
        guard let code = link.receivedClose else {
            self.check(isTimeout || link.isAborted || link.hasSentClose, "\(link.name) was ended without a close frame")
            return
        }
        if link.hasSentClose, link.isConsumed { return }
        let patience = TimeSpan.seconds(self.profile.heartbeatSeconds * 2)
        let isJustified =
            switch CloseCode(rawValue: code) {
            case .goingAway: self.requests.isDraining && link.sawGoingAway
            case .policyViolation:
                // Another has its side, its frames were refused too often, or a message of its took too long.
                link.mayBeRefused?.rawValue == code || link.violation == .policyViolation
                    || link.unfinished.map { self.now - $0.since >= .seconds(30) } == true
            case .serverFull: link.mayBeRefused?.rawValue == code || link.mayBeFull
            case .replaced: link.wasReplaced
            case .unresponsive:
                link.longestSilence >= patience || link.challengedAt.map { self.now - $0 >= .seconds(2) } == true
            case .slowConsumer: link.longestStall >= patience || link.longestSilence >= patience || link.mayBeFull
            case .protocolError, .invalidPayload, .messageTooBig:
                link.violation?.rawValue == code || link.wire.holdsViolation(CloseCode(rawValue: code))
            case .normal, nil: false
            }
        self.check(
            isJustified,
            "\(link.name) was closed \(code) without cause (silent for \(link.longestSilence.milliseconds) ms, stalled for \(link.longestStall.milliseconds) ms)"
        )
    }
}
