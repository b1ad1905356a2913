package import MetricsCore
import RESPCore
import TimeKeeping

/// What became of the calls of an engine, for the metrics.
package struct EngineFigures: Sendable {
    package internal(set) var isUp = false
    /// Connections that became ready, but the first.
    package private(set) var reconnects = 0
    /// By script, in their order: from the sending to the reply.
    package private(set) var seconds: [Histogram]
    package internal(set) var results = Counts<EngineResult>()
    private var hasBeenUp = false

    init(scripts: Int) {
        self.seconds = Array(repeating: .exponential(from: 0.000_1, factor: 2.5, count: 12), count: scripts)
    }

    mutating func becameReady() {
        if self.hasBeenUp { self.reconnects += 1 }
        self.hasBeenUp = true
    }

    mutating func replied(_ script: ScriptID, after time: TimeSpan) { self.seconds[script.number].observe(time.seconds) }
}

/// What came of a call.
package enum EngineResult: Int, LabelSet {
    case ok, down, busy, lost, error

    package static let names = ["ok", "down", "busy", "lost", "error"]

    init(_ result: Result<RESPValue, EngineError>) {
        switch result {
        case .success: self = .ok
        case .failure(.down): self = .down
        case .failure(.busy): self = .busy
        case .failure(.lost): self = .lost
        case .failure(.replied): self = .error
        }
    }
}
