package import ByteStreams
import OperationCore
import Synchronization
import TimeKeeping

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The service manager that has started this process and wants to know how it is, as systemd does (Type=notify).
package final class ServiceManager: Sendable {
    private let socket: NotifySocket
    private let watchdog: TimeSpan?
    private let clock: ServerClock
    /// Another server has taken over, and speaks for the service if it is the same.
    private let isFollowed = Atomic<Bool>(false)

    /// Nil where there is none.
    package init?(clock: ServerClock = .system, _ variable: (String) -> String? = ServiceManager.variable) {
        guard let name = variable("NOTIFY_SOCKET"), let socket = NotifySocket(name) else { return nil }
        self.socket = socket
        self.clock = clock
        self.watchdog = ManagerRounds.watchdog(
            microseconds: variable("WATCHDOG_USEC"), process: variable("WATCHDOG_PID"), own: getpid())
    }

    /// The C string is copied at once, before anything could change the environment; nothing in the server changes it.
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    // MARK: - What changes

    /// - Parameter isSuccessor: It has taken over from another process, which may have been the service's main one.
    func ready(isSuccessor: Bool = false) { self.tell(.ready(process: isSuccessor ? getpid() : nil)) }

    func reloading() { self.tell(.reloading(at: self.clock.now().nanoseconds / 1_000)) }

    func stopping() { self.tell(.stopping) }

    /// From now on the other one says what there is to say of the service: this one's end is not the service's.
    func handedOver() { self.isFollowed.store(true, ordering: .relaxed) }

    private func tell(_ notice: ManagerNotice) { self.socket.send(notice.text) }

    // MARK: - Rounds

    /// Tells how the server is, for as long as the task lives.
    ///
    /// - Parameter turn: Returns when everything that serves clients has taken its turn. As long as it does not, nothing is told, and a
    ///   manager that watches restarts the server. It throws when there is nothing left that serves.
    package func tellRegularly(turn: () async throws -> Void, status: () -> String) async {
        var rounds = ManagerRounds(watchdog: self.watchdog, now: self.clock.now())
        while !Task.isCancelled {
            let wait = max(rounds.next - self.clock.now(), .milliseconds(0))
            guard (try? await Task.sleep(for: .nanoseconds(wait.nanoseconds))) != nil, (try? await turn()) != nil else { return }
            let status = self.isFollowed.load(ordering: .relaxed) ? nil : status()
            if let notice = rounds.ended(at: self.clock.now(), status: status) { self.tell(notice) }
        }
    }
}
