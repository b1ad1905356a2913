import LoadClients
import NIOCore

/// A room whose two sides send each other a frame in turn, at a steady rate. Every frame is compared with what was sent.
final class SteadyRoom {
    let a: WebSocketClient
    let b: WebSocketClient
    private let loop: LoadLoop
    private var pace: Pace?
    private var number = 0
    private var isTurnOfA = true
    private var inFlight: [CircularBuffer<(payload: ByteBuffer, at: UInt64)>] = [CircularBuffer(), CircularBuffer()]
    private let filler: ByteBuffer
    /// Where latencies go: to whichever phase it is.
    var latency: PhaseLatency
    private(set) var sent = 0
    private(set) var received = 0
    private(set) var wrong = 0

    init(_ a: WebSocketClient, _ b: WebSocketClient, loop: LoadLoop, filler: ByteBuffer, latency: PhaseLatency) {
        self.a = a
        self.b = b
        self.loop = loop
        self.filler = filler
        self.latency = latency
        for (index, client) in [a, b].enumerated() {
            client.onMessage = { [unowned self] message in self.receive(message, index) }
        }
    }

    func begin(_ pace: Pace) { self.pace = pace }

    func tick(_ now: UInt64) {
        guard self.pace?.isDue(now) == true else { return }
        self.number += 1
        self.sent += 1
        var payload = ByteBuffer()
        payload.reserveCapacity(self.filler.readableBytes + 64)
        payload.writeString(#"{"type":"ice","n":\#(self.number),"fill":""#)
        payload.writeImmutableBuffer(self.filler)
        payload.writeString(#""}"#)
        self.inFlight[self.isTurnOfA ? 1 : 0].append((payload, self.loop.now))
        (self.isTurnOfA ? self.a : self.b).send(.ice, payload)
        self.isTurnOfA.toggle()
    }

    private func receive(_ message: ServerMessage, _ receiver: Int) {
        guard case .relayed(.text, let payload) = message, let expected = self.inFlight[receiver].first, expected.payload == payload else {
            self.wrong += 1
            return
        }
        self.inFlight[receiver].removeFirst()
        self.received += 1
        self.latency.histogram.record(self.loop.now - expected.at)
    }
}

/// Latencies of one phase of the measurement, of all rooms.
final class PhaseLatency {
    var histogram = LatencyHistogram()
}
