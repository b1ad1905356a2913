import Foundation
import Synchronization

/// A tool that is interrupted takes its server with it, and the server's files.
package enum StopSignals {
    private static let current = Mutex<ServerProcess?>(nil)
    private static let isInstalled = Atomic<Bool>(false)

    /// The tool's one server. To be called once it runs: it would inherit the signals being ignored.
    package static func stop(_ server: ServerProcess) {
        self.current.withLock { $0 = server }
        self.install()
    }

    /// Starts a server in place of one that has ended. Neither an interruption meanwhile nor one just before leaves it behind: the one waits
    /// until it runs, and after the other it is not started.
    package static func starting(_ start: () throws -> ServerProcess) throws -> ServerProcess {
        self.install()
        return try self.current.withLock { current in
            let server = try start()
            current = server
            return server
        }
    }

    private static func install() {
        guard !self.isInstalled.exchange(true, ordering: .relaxed) else { return }
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The handler keeps its source, which nobody else does: it is wanted for as long as the process lives.
                withExtendedLifetime(source) {}
                self.current.withLock { server in
                    _ = try? server?.stop(within: 5)
                    TemporaryFolder.removeAll()
                    exit(128 + number)
                }
            }
            source.resume()
        }
    }
}
