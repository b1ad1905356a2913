package import MetricsCore
import NIOConcurrencyHelpers
import SignalingCore
package import SignalingWire
import TimeKeeping
package import WebSocketCore

/// What has been counted since the start.
package struct MetricCounts: Sendable {
    package var wsConnections = 0
    package var wsMessages = Counts<MessageLabel>()
    package var wsFrameBytesIn = Self.frameBytes
    package var wsFrameBytesOut = Self.frameBytes
    package var wsRTT = Histogram.exponential(from: 0.001, factor: 2, count: 12)
    package var wsClosed = Counts<ClosedLabel>()
    package var signalMessages = Counts<SignalLabel>()
    package var signalBytesIn = Counts<SignalLabel>()
    package var signalBytesOut = Counts<SignalLabel>()
    package var established = Counts<ModeLabel>()
    package var failed = Counts<ReasonLabel>()
    package var timeToFirstFlow = Histogram.exponential(from: 0.05, factor: 1.6, count: 12)
    package var pairings = Counts<PairingLabel>()
    /// By route.
    package var pairingFirstFlow = [Histogram](
        repeating: .exponential(from: 0.05, factor: 1.6, count: 12), count: Route.allCases.count)
    package var codesMinted = 0
    package var codesExhausted = 0
    package var codesRedeemed = Counts<RedeemLabel>()
    package var redeemWaits = Counts<WaitLabel>()
    package var guessingAlarms = 0
    package var rateLimited = Counts<LimitLabel>()
    package var iceCredentials = Counts<ICERequestLabel>()
    package var access = Counts<AccessLabel>()

    private static let frameBytes = Histogram(bounds: [64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576])

    package init() {}

    package mutating func add(_ other: MetricCounts) {
        self.wsConnections += other.wsConnections
        self.wsMessages.add(other.wsMessages)
        self.wsFrameBytesIn.add(other.wsFrameBytesIn)
        self.wsFrameBytesOut.add(other.wsFrameBytesOut)
        self.wsRTT.add(other.wsRTT)
        self.wsClosed.add(other.wsClosed)
        self.signalMessages.add(other.signalMessages)
        self.signalBytesIn.add(other.signalBytesIn)
        self.signalBytesOut.add(other.signalBytesOut)
        self.established.add(other.established)
        self.failed.add(other.failed)
        self.timeToFirstFlow.add(other.timeToFirstFlow)
        self.pairings.add(other.pairings)
        for index in self.pairingFirstFlow.indices { self.pairingFirstFlow[index].add(other.pairingFirstFlow[index]) }
        self.codesMinted += other.codesMinted
        self.codesExhausted += other.codesExhausted
        self.codesRedeemed.add(other.codesRedeemed)
        self.redeemWaits.add(other.redeemWaits)
        self.guessingAlarms += other.guessingAlarms
        self.rateLimited.add(other.rateLimited)
        self.iceCredentials.add(other.iceCredentials)
        self.access.add(other.access)
    }
}

extension MetricCounts {
    /// A report of a client's about the connection between the peers.
    mutating func count(_ report: Telemetry, _ count: RoomState.ReportCount) {
        switch count {
        case .nothing: break
        case .established(let time):
            self.established[ModeLabel(report.mode)] += 1
            self.timeToFirstFlow.observe(time.seconds)
        case .failed: self.failed[ReasonLabel(report.reason)] += 1
        }
    }

    /// A pairing is over.
    mutating func count(_ end: PairingEnd) {
        self.pairings[PairingLabel(end.outcome)] += 1
        if let route = end.outcome.route, let time = end.time { self.pairingFirstFlow[route.rawValue].observe(time.seconds) }
    }

    /// Messages of one kind came in. Their sizes are observed one by one, and not here.
    fileprivate mutating func received(_ label: SignalLabel, _ opcode: Opcode, messages: Int, bytes: Int) {
        self.wsMessages[MessageLabel(opcode)] += messages
        self.signalMessages[label] += messages
        self.signalBytesIn[label] += bytes
    }
}

/// One event loop's counts. Only its loop writes, so its lock is never waited for but while the metrics page is read.
package final class MetricsShard: Sendable {
    private let counts = NIOLockedValueBox(MetricCounts())

    package init() {}

    package var snapshot: MetricCounts { self.counts.withLockedValue { $0 } }

    package func count(_ change: (inout MetricCounts) -> Void) { self.counts.withLockedValue { change(&$0) } }

    /// A message arrived: `kind` nil if it was no frame.
    package func frameIn(_ kind: FrameKind?, opcode: Opcode, bytes: Int) {
        let label = kind.map(SignalLabel.kind) ?? .invalid
        self.counts.withLockedValue {
            $0.wsFrameBytesIn.observe(Double(bytes))
            $0.received(label, opcode, messages: 1, bytes: bytes)
        }
    }

    /// Frames arrived that go to the other side of their room; whether that was there.
    func relayed(_ frames: [RelayBatch.Frame], isForwarded: Bool) {
        self.counts.withLockedValue { counts in
            var start = frames.startIndex
            // Frames of a kind come in rows: candidates above all.
            while start < frames.endIndex {
                let first = frames[start]
                var end = start
                var bytes = 0
                while end < frames.endIndex, frames[end].kind == first.kind, frames[end].opcode == first.opcode {
                    bytes += frames[end].size
                    let size = Double(frames[end].size)
                    let place = counts.wsFrameBytesIn.place(of: size)
                    counts.wsFrameBytesIn.observe(size, at: place)
                    if isForwarded { counts.wsFrameBytesOut.observe(size, at: place) }
                    end += 1
                }
                let label = SignalLabel.kind(first.kind)
                counts.received(label, first.opcode, messages: end - start, bytes: bytes)
                if isForwarded { counts.signalBytesOut[label] += bytes }
                start = end
            }
        }
    }

    /// A client's frame or item was handed on.
    package func frameOut(_ kind: FrameKind, bytes: Int) {
        self.counts.withLockedValue {
            $0.wsFrameBytesOut.observe(Double(bytes))
            $0.signalBytesOut[.kind(kind)] += bytes
        }
    }
}
