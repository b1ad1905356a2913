import SignalingWire

/// What the server read of every client of a room, in the order in which it did.
final class DeliveryLog {
    /// Messages that a side owes the other, by the sender's side.
    private(set) var relayable: [Side: [ClientStream.Message]] = [.a: [], .b: []]
    /// Payloads for a side's mailbox, by that side; some may be repetitions of an item that was stored, which the server leaves out.
    private(set) var items: [Side: [[UInt8]]] = [.a: [], .b: []]

    func note(_ message: ClientStream.Message, from side: Side) {
        let text = message.payload.span
        guard String(validating: message.payload, as: UTF8.self) != nil, let envelope = try? EnvelopeScanner.scan(text) else { return }
        if envelope.kind.isRelayed {
            self.relayable[side, default: []].append(message)
        } else if envelope.kind == .send, envelope[.ref].ref(in: text) != .invalid, let to = envelope[.to].side(in: text),
            envelope[.payload].isPresent
        {
            self.items[to, default: []].append(Array(message.payload[envelope[.payload].range]))
        }
    }
}

extension Collection where Element: Equatable {
    /// Whether the elements stand in `whole`, in this order, perhaps with others in between.
    func isSubsequence(of whole: some Collection<Element>) -> Bool {
        var rest = whole[...]
        for element in self {
            guard let index = rest.firstIndex(of: element) else { return false }
            rest = rest[rest.index(after: index)...]
        }
        return true
    }
}
