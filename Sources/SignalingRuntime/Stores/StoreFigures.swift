package import MetricsCore
package import SignalingCore
import TimeKeeping

/// What a store has done and what it holds, for the metrics.
package struct StoreFigures: Sendable {
    /// By operation, in the order of its cases.
    package private(set) var operations = [Counts<StoreResult>](repeating: .init(), count: StoreOperation.allCases.count)
    /// From the moment when a change was recorded until it was written; in the same order.
    package private(set) var seconds = [Histogram](
        repeating: .exponential(from: 0.000_1, factor: 2.5, count: 12), count: StoreOperation.allCases.count)
    /// Changes that are not written yet.
    package var pending = 0
    /// What the store takes on its disk.
    package var bytes = 0

    mutating func written(_ operation: StoreOperation, in time: TimeSpan) {
        self.count(operation, .ok)
        self.seconds[operation.rawValue].observe(time.seconds)
    }

    mutating func count(_ operation: StoreOperation, _ result: StoreResult) { self.operations[operation.rawValue][result] += 1 }
}

/// Kinds of changes, as the metrics tell them apart.
package enum StoreOperation: Int, Sendable, CaseIterable {
    case mint, redeem, free, item, acknowledge, room
}

/// What came of a change.
package enum StoreResult: Int, LabelSet {
    case ok
    /// It was not taken.
    case refused
    /// It was taken, and could not be written.
    case failed

    package static let names = ["ok", "refused", "failed"]
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
