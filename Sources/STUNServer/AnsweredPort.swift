import Synchronization

/// Where STUN requests are answered. Whoever tells clients of it may hold it before there is a service, and asks at each response.
package final class AnsweredPort: Sendable {
    /// -1 for none.
    private let number = Atomic<Int>(-1)

    package init() {}

    /// Nil as long as none are answered.
    package internal(set) var value: Int? {
        get {
            let number = self.number.load(ordering: .relaxed)
            return number < 0 ? nil : number
        }
        set { self.number.store(newValue ?? -1, ordering: .relaxed) }
    }
}
