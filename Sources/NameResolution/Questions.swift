/// Names that are to be looked up, in their order, and who asks: whoever asks for a name that waits already, or is being looked up, gets
/// the same answer.
struct Questions: Sendable {
    private struct Question: Sendable {
        let host: String
        var askers: [Asker]
    }

    enum Verdict { case accepted, acceptedFirst, refused }
    enum Next { case ask(String), end }

    /// There is somebody who asks each of them, but for the first, while that is being looked up.
    private var waiting: [Question] = []
    private var askers = 0
    private var isLookingUp = false
    private var hasThread = false
    private var hasEnded = false

    mutating func add(_ asker: Asker, about host: String) -> Verdict {
        guard self.askers < HostResolver.mostAsking else { return .refused }
        self.askers += 1
        if let index = self.waiting.firstIndex(where: { $0.host == host }) {
            self.waiting[index].askers.append(asker)
        } else {
            self.waiting.append(Question(host: host, askers: [asker]))
        }
        defer { self.hasThread = true }
        return self.hasThread ? .accepted : .acceptedFirst
    }

    /// This one does not wait any more. What nobody asks need not be looked up.
    mutating func remove(_ asker: Asker) {
        for index in self.waiting.indices {
            guard let place = self.waiting[index].askers.firstIndex(where: { $0 === asker }) else { continue }
            self.waiting[index].askers.remove(at: place)
            self.askers -= 1
            if self.waiting[index].askers.isEmpty, index > 0 || !self.isLookingUp { self.waiting.remove(at: index) }
            return
        }
    }

    /// What the thread is to do next; nil if that is to wait.
    mutating func next() -> Next? {
        if self.hasEnded { return .end }
        guard let first = self.waiting.first else { return nil }
        self.isLookingUp = true
        return .ask(first.host)
    }

    /// Those who asked what has just been looked up.
    mutating func takeAsked() -> [Asker] {
        self.isLookingUp = false
        guard !self.waiting.isEmpty else { return [] }
        let askers = self.waiting.removeFirst().askers
        self.askers -= askers.count
        return askers
    }

    /// Nothing more is looked up.
    mutating func end() {
        self.hasEnded = true
        self.waiting = []
        self.askers = 0
    }
}
