/// What a server tells its service manager, in the words of sd_notify(3): a datagram of NAME=value lines.
package struct ManagerNotice: Sendable, Equatable {
    package let lines: [String]

    init(_ lines: [String]) { self.lines = lines }

    package var text: String { self.lines.joined(separator: "\n") }

    /// - Parameter process: The service's main process from now on, where another one was that before.
    package static func ready(process: Int32? = nil) -> ManagerNotice {
        ManagerNotice((process.map { ["MAINPID=\($0)"] } ?? []) + ["READY=1"])
    }

    /// - Parameter microseconds: On the system's monotonic clock. It tells the manager which request to reload this answers.
    package static func reloading(at microseconds: Int64) -> ManagerNotice {
        ManagerNotice(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    package static let stopping = ManagerNotice(["STOPPING=1"])
}
