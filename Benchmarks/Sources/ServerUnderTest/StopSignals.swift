package import Foundation
import Synchronization

/// What a tool has started, and takes with it.
package protocol StartedProcess: Sendable {
    var isRunning: Bool { get }
    /// Returns when it has ended; after this time it is killed.
    func end(within limit: TimeInterval)
}

/// A tool that is interrupted takes with it what it has started, and the files of that.
package enum StopSignals {
    private static let current = Mutex<[any StartedProcess]>([])
    private static let isInstalled = Atomic<Bool>(false)

    /// To be called once the server runs: it would inherit the signals being ignored.
    package static func stop(_ server: ServerProcess) {
        self.current.withLock { self.add(server, to: &$0) }
        self.install()
    }

    /// Starts a process. Neither an interruption meanwhile nor one just before leaves it behind: the one waits until it runs, and after the
    /// other it is not started.
    package static func starting<Started: StartedProcess>(_ start: () throws -> Started) throws -> Started {
        self.install()
        return try self.current.withLock { current in
            let started = try start()
            self.add(started, to: &current)
            return started
        }
    }

    private static func add(_ started: any StartedProcess, to current: inout [any StartedProcess]) {
        current.removeAll { !$0.isRunning }
        current.append(started)
    }

    private static func install() {
        guard !self.isInstalled.exchange(true, ordering: .relaxed) else { return }
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The handler keeps its source, which nobody else does: it is wanted for as long as the process lives.
                withExtendedLifetime(source) {}
                self.current.withLock { current in
                    // Nodes first: their engine was started before them.
                    for started in current.reversed() { started.end(within: 5) }
                    TemporaryFolder.removeAll()
                    exit(128 + number)
                }
            }
            source.resume()
        }
    }
}
