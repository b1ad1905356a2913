import Foundation

/// A tool that is interrupted takes its server with it.
package enum StopSignals {
    /// To be called once the server runs: it would inherit the signals being ignored.
    package static func stop(_ server: ServerProcess) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The handler keeps its source, which nobody else does: it is wanted for as long as the process lives.
                withExtendedLifetime(source) {}
                _ = try? server.stop(within: 5)
                exit(128 + number)
            }
            source.resume()
        }
    }
}
