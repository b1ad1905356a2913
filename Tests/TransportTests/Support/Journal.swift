import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SignalingTestKit

/// What drivers were told, in order, for tests to wait on.
final class Journal: Sendable {
    struct Entry: Equatable, Sendable {
        var driver: Int
        var event: Event
    }

    enum Event: Equatable, Sendable {
        case opened, received, completed, writable, inputEnded
        case ended(failed: Bool)

        var isEnd: Bool { if case .ended = self { true } else { false } }
    }

    struct Pages: Sendable {
        private(set) var entries: [Entry] = []
        // By driver: a stream that changes loops without end makes a hundred thousand of them.
        private var events: [Int: [Event]] = [:]
        private(set) var bytes: [Int: ByteBuffer] = [:]

        mutating func note(_ driver: Int, _ event: Event, _ bytes: ByteBuffer) {
            self.entries.append(Entry(driver: driver, event: event))
            self.events[driver, default: []].append(event)
            if bytes.readableBytes > 0 { self.bytes[driver, default: ByteBuffer()].writeImmutableBuffer(bytes) }
        }

        func events(_ driver: Int) -> [Event] { self.events[driver] ?? [] }
        func received(_ driver: Int) -> Int { self.bytes[driver]?.readableBytes ?? 0 }
        func text(_ driver: Int) -> String { self.bytes[driver].map { String(buffer: $0) } ?? "" }
        func count(_ event: Event) -> Int { self.entries.count { $0.event == event } }
        var ended: Int { self.entries.count { $0.event.isEnd } }
        func hasEnded(_ driver: Int) -> Bool { self.events(driver).contains { $0.isEnd } }
    }

    private struct Waiter: Sendable {
        let condition: @Sendable (Pages) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
        let timeout: Scheduled<Void>
    }

    private let state = NIOLockedValueBox((pages: Pages(), waiters: [Int: Waiter](), lastWaiter: 0))

    var pages: Pages { self.state.withLockedValue { $0.pages } }

    func note(_ driver: Int, _ event: Event, _ bytes: ByteBuffer = ByteBuffer()) {
        let waiters = self.state.withLockedValue { state in
            state.pages.note(driver, event, bytes)
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let pages = state.pages
            let met = state.waiters.filter { $0.value.condition(pages) }
            for key in met.keys { state.waiters[key] = nil }
            return Array(met.values)
        }
        for waiter in waiters {
            waiter.timeout.cancel()
            waiter.continuation.resume(returning: true)
        }
    }

    /// Waits until the condition holds; throws if that never comes about.
    @discardableResult
    func wait(_ what: String, _ condition: @escaping @Sendable (Pages) -> Bool) async throws -> Pages {
        let holds = await withCheckedContinuation { continuation in
            let holds = self.state.withLockedValue { state in
                if condition(state.pages) { return true }
                state.lastWaiter += 1
                let key = state.lastWaiter
                let timeout = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: SocketClient.patience) { self.expire(key) }
                state.waiters[key] = Waiter(condition: condition, continuation: continuation, timeout: timeout)
                return false
            }
            if holds { continuation.resume(returning: true) }
        }
        guard holds else { throw SocketFailure.unexpected("never came about: \(what); \(self.pages.entries.suffix(20))") }
        return self.pages
    }

    private func expire(_ key: Int) {
        self.state.withLockedValue { $0.waiters.removeValue(forKey: key) }?.continuation.resume(returning: false)
    }
}
