/// The ids of redemptions whose outcome is not known: whoever asks again for the same code means the same one, and gets the same answer.
final class Redemptions: Sendable {
    private struct Entry: Sendable {
        var code: String
        var id: String
        var endsAt: Duration
    }

    /// For so long after a code was redeemed, the server gives the same response to the same id.
    static let repeatedWithin = Duration.seconds(30)
    private static let most = 16
    private let entries = Locked<[Entry]>([])

    /// Each id is given out once; it is remembered again if the outcome stays unknown.
    func recall(_ code: String, now: Duration) -> String? {
        self.entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.code == code }) else { return nil }
            let entry = entries.remove(at: index)
            return now < entry.endsAt ? entry.id : nil
        }
    }

    func remember(_ code: String, id: String, now: Duration) {
        self.entries.withLock { entries in
            if entries.count >= Self.most { entries.removeFirst() }
            entries.append(Entry(code: code, id: id, endsAt: now + Self.repeatedWithin))
        }
    }
}
