package import Logging
import Synchronization

/// The least severe level that is logged, which may change while loggers go by it.
package final class LogThreshold: Sendable {
    private let position: Atomic<Int>

    package init(_ level: Logger.Level) { self.position = Atomic(level.position) }

    package var level: Logger.Level {
        get { Logger.Level(position: self.position.load(ordering: .relaxed)) }
        set { self.position.store(newValue.position, ordering: .relaxed) }
    }
}

extension Logger.Level {
    /// From the least severe to the most, as numbers that an atomic can hold.
    fileprivate var position: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }

    fileprivate init(position: Int) {
        switch position {
        case 0: self = .trace
        case 1: self = .debug
        case 2: self = .info
        case 3: self = .notice
        case 4: self = .warning
        case 5: self = .error
        default: self = .critical
        }
    }
}
