package import MetricsCore
package import SignalingCore
import TimeKeeping

/// What a store has done and what it holds, for the metrics.
package struct StoreFigures: Sendable {
    package var operations = Counts<StoreLabel>()
    /// From the moment when a change was recorded until it was written, by operation.
    package var seconds = [Histogram](
        repeating: .exponential(from: 0.000_1, factor: 2.5, count: 12), count: StoreOperation.allCases.count)
    /// Changes that are not written yet.
    package var pending = 0
    package var bytes = 0

    mutating func observe(_ operation: StoreOperation, _ result: StoreLabel.Result, _ time: TimeSpan) {
        self.operations[StoreLabel(operation, result)] += 1
        self.seconds[operation.rawValue].observe(time.seconds)
    }
}

/// Kinds of changes, as the metrics tell them apart.
package enum StoreOperation: Int, Sendable, CaseIterable {
    case mint, redeem, free, item, acknowledge, room
}

extension StoredChange {
    package var operation: StoreOperation {
        switch self {
        case .minted: .mint
        case .redeemed: .redeem
        case .freed: .free
        case .item: .item
        case .acknowledged: .acknowledge
        case .roomStands, .forgotten: .room
        }
    }
}

/// An operation and what came of it.
package struct StoreLabel: LabelSet {
    package enum Result: Int, Sendable, CaseIterable { case ok, refused, failed }

    package let rawValue: Int

    package init(_ operation: StoreOperation, _ result: Result) {
        self.rawValue = operation.rawValue * Result.allCases.count + result.rawValue
    }

    package init?(rawValue: Int) {
        guard (0..<Self.names.count).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// `operation/result`; the metrics page makes two labels of it.
    package static let names = StoreOperation.allCases.flatMap { operation in Result.allCases.map { "\(operation)/\($0)" } }
}
