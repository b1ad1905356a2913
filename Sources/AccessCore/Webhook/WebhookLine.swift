/// Whom a webhook is asked about now, and who waits for that.
package struct WebhookLine<Client: Hashable & Sendable, Item: Sendable>: Sendable {
    /// How many requests are on their way at once.
    package let mostAsked: Int
    package let mostWaiting: Int
    /// What one client may have of both together.
    package let mostOfClient: Int

    package private(set) var asked = 0
    private var waiting: [(client: Client, item: Item)] = []
    /// Where those begin that have not had their turn.
    private var first = 0
    private var clients: [Client: Int] = [:]

    package init(mostAsked: Int, mostWaiting: Int, mostOfClient: Int) {
        self.mostAsked = mostAsked
        self.mostWaiting = mostWaiting
        self.mostOfClient = mostOfClient
    }

    package enum Place: Sendable { case now, waits, refused }

    package var waitingCount: Int { self.waiting.count - self.first }

    /// A request has arrived. If it is its turn now, or comes later, `ended` is to be called for it.
    package mutating func take(_ client: Client, _ item: Item) -> Place {
        guard self.clients[client, default: 0] < self.mostOfClient else { return .refused }
        let place: Place
        if self.asked < self.mostAsked {
            self.asked += 1
            place = .now
        } else {
            guard self.waitingCount < self.mostWaiting else { return .refused }
            self.waiting.append((client, item))
            place = .waits
        }
        self.clients[client, default: 0] += 1
        return place
    }

    /// One has been answered. The result is whose turn it is now, if anybody's is.
    package mutating func ended(_ client: Client) -> (client: Client, item: Item)? {
        self.leave(client)
        guard self.waitingCount > 0 else {
            self.asked -= 1
            return nil
        }
        let next = self.waiting[self.first]
        self.first += 1
        if self.first * 2 >= self.waiting.count {
            self.waiting.removeFirst(self.first)
            self.first = 0
        }
        return next
    }

    private mutating func leave(_ client: Client) {
        let left = self.clients[client, default: 1] - 1
        self.clients[client] = left > 0 ? left : nil
    }
}
