import LoadClients
import NIOCore

/// One side's frames for the other: whatever is sent here must arrive, byte for byte, in order, once.
final class RelayStream {
    private struct Sent {
        var kind: FrameKind
        var opcode: Opcode
        var payload: ByteBuffer
        var at: UInt64
    }

    let name: String
    private let ledger: Ledger
    private var inFlight = CircularBuffer<Sent>()
    /// The last ones that arrived, to tell a frame that comes twice from one that nobody sent.
    private var recent = CircularBuffer<ByteBuffer>()
    private static let mostRecent = 8

    init(_ name: String, _ ledger: Ledger) {
        self.name = name
        self.ledger = ledger
    }

    /// Whether this is the frame that must arrive next.
    func isNext(_ payload: ByteBuffer) -> Bool { self.inFlight.first?.payload == payload }

    /// Something arrived where only frames of this stream may.
    func refuse(_ what: String) { self.ledger.violation("\(self.name): \(what)") }

    var waiting: Int { self.inFlight.count }

    func send(
        _ kind: FrameKind, _ payload: ByteBuffer, _ opcode: Opcode = .text, fragments: Int = 1, through client: WebSocketClient,
        at now: UInt64
    ) {
        self.inFlight.append(Sent(kind: kind, opcode: opcode, payload: payload, at: now))
        client.send(kind, payload, opcode, fragments: fragments)
    }

    /// Enters a frame that arrived, and answers when it was sent.
    @discardableResult
    func receive(_ opcode: Opcode, _ payload: ByteBuffer) -> UInt64? {
        guard let expected = self.inFlight.first, expected.payload == payload, expected.opcode == opcode else {
            self.receiveUnexpected(opcode, payload)
            return nil
        }
        self.arrived(self.inFlight.removeFirst())
        return expected.at
    }

    private func receiveUnexpected(_ opcode: Opcode, _ payload: ByteBuffer) {
        if let position = self.inFlight.firstIndex(where: { $0.payload == payload && $0.opcode == opcode }) {
            let skipped = self.inFlight.distance(from: self.inFlight.startIndex, to: position)
            self.ledger.lost(skipped, self.name)
            self.inFlight.removeFirst(skipped)
            self.arrived(self.inFlight.removeFirst())
        } else if self.recent.contains(payload) {
            self.ledger.duplicated(self.name)
        } else {
            self.ledger.strange("\(self.name): \(String(buffer: payload).prefix(120))")
        }
    }

    private func arrived(_ frame: Sent) {
        self.ledger.received(frame.kind, bytes: frame.payload.readableBytes)
        self.recent.append(frame.payload)
        if self.recent.count > Self.mostRecent { self.recent.removeFirst() }
    }

    /// What is on its way will not arrive, and need not: its sender or its receiver was cut off.
    func writeOff() {
        while let frame = self.inFlight.popFirst() { self.ledger.wroteOff(frame.kind, bytes: frame.payload.readableBytes) }
    }

    /// Everything sent must have arrived by now.
    func mustBeEmpty() {
        if !self.inFlight.isEmpty { self.ledger.lost(self.inFlight.count, "\(self.name), at its end") }
        self.inFlight.removeAll()
    }
}
