package import ICECore
package import MetricsCore
import NIOConcurrencyHelpers
package import TimeKeeping

/// The list of a provider's servers: written by whoever asks the provider, and read by all loops.
package final class ProvidedServers: Sendable {
    private let state: NIOLockedValueBox<(state: ProviderState, fetches: Counts<FetchLabel>)>

    /// - Parameter life: See `ProviderState`.
    package init(life: TimeSpan) { self.state = NIOLockedValueBox((ProviderState(life: life), Counts())) }

    func current(now: MonotonicTime) -> ProviderState.Current? { self.state.withLockedValue { $0.state.current(now: now) } }

    /// The provider was asked. The result is what an operator is told, and the time until it is to be asked again.
    package func asked(
        _ answer: Result<ProvidedList, ProviderFailure>, now: MonotonicTime, jitter: Double
    ) -> (change: ProviderState.Change?, wait: TimeSpan) {
        self.state.withLockedValue { box in
            switch answer {
            case .success(let list):
                box.fetches[.ok] += 1
                return box.state.received(list, now: now, jitter: jitter)
            case .failure(let failure):
                box.fetches[.failed] += 1
                return box.state.failed(failure.reason, now: now, jitter: jitter)
            }
        }
    }

    package var figures: ProviderFigures {
        self.state.withLockedValue { ProviderFigures(isUp: $0.state.isUp, fetches: $0.fetches) }
    }
}

/// What the metrics show of a provider.
package struct ProviderFigures: Sendable {
    /// Whether it gave a list when it was asked last.
    package let isUp: Bool
    package let fetches: Counts<FetchLabel>
}

/// `nt_ice_provider_fetches_total{result}`.
package enum FetchLabel: Int, LabelSet {
    case ok, failed
    package static let names = ["ok", "failed"]
}

/// Why a provider has given no list, in one line for the log.
package struct ProviderFailure: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
