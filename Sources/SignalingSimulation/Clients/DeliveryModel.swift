/// What one side of a room has sent to one mailbox, and what has come out of it there: each item that was accepted once, in order and
/// unchanged.
///
/// A server that keeps nothing begins another life when it is started anew. Of what was accepted in a life that is over, what had not come out
/// yet may be lost; what had come out, and was not accepted before that life's end, may come out again.
struct DeliveryModel {
    enum Fate: Equatable {
        case waiting
        case accepted(life: Int)
        case refused(life: Int)
    }

    private struct Item {
        let payload: [UInt8]
        var fate = Fate.waiting
        /// Where the program got it last.
        var gotIn: (life: Int, mailbox: String)?
    }

    private var items: [Item] = []
    /// The last that came, and of which mailbox.
    private var newest: (number: Int, mailbox: String)?

    var count: Int { self.items.count }
    var waiting: Int { self.items.count { $0.fate == .waiting } }
    var accepted: Int { self.items.count { if case .accepted = $0.fate { true } else { false } } }

    /// The number of a new item.
    mutating func send(_ payload: [UInt8]) -> Int {
        self.items.append(Item(payload: payload))
        return self.items.count - 1
    }

    /// The sender was told what has become of an item, by a server in its life of that number. What is wrong with it, or nil.
    mutating func settle(_ number: Int, _ fate: Fate) -> String? {
        guard self.items[number].fate == .waiting else { return "item \(number) has two outcomes" }
        self.items[number].fate = fate
        if case .refused(let life) = fate, self.items[number].gotIn?.life == life { return "item \(number) was delivered and refused" }
        return nil
    }

    /// The program at the other end is done with an item. What is wrong with it, or nil.
    mutating func get(_ number: Int, _ payload: [UInt8], life: Int, mailbox: String) -> String? {
        guard self.items.indices.contains(number) else { return "item \(number) was never sent" }
        let item = self.items[number]
        if item.payload != payload { return "item \(number) is not what was sent" }
        if item.fate == .refused(life: life) { return "item \(number) was refused, and came" }
        if let before = item.gotIn {
            let isExcused = before.life < life && before.mailbox != mailbox && item.fate != .accepted(life: before.life)
            if !isExcused { return "item \(number) came twice" }
        }
        if let newest, newest.mailbox == mailbox, number <= newest.number { return "item \(number) came after \(newest.number)" }
        self.items[number].gotIn = (life, mailbox)
        self.newest = (number, mailbox)
        return nil
    }

    /// At rest: the first item that was accepted in this life, and has not come.
    func firstMissing(life: Int) -> Int? {
        self.items.firstIndex { $0.fate == .accepted(life: life) && $0.gotIn == nil }
    }
}
