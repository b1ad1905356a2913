package import MetricsCore
import NIOConcurrencyHelpers
package import NetworkAddresses

/// Whoever holds what can be taken back. The one that wanted to hold more is told whom to take it from, and does so.
package protocol Reclaimable: AnyObject, Sendable {}

/// The shares of all clients in everything that they have in common: asked before anything is taken, told when it is given back. The rule
/// is `ShareBook`'s; here are the lock, and who holds what can be taken back. Nothing of it is asked for a frame that is relayed.
package final class ClientShares: Sendable {
    fileprivate struct State: Sendable {
        var book: ShareBook
        let proxies: TrustedProxies
        /// By resource, who holds some of it that can be taken back: connections with an unfinished message, or with output that waits. No
        /// more than there are connections.
        var holders: [SharedResource: [ObjectIdentifier: Holder]] = [:]
        /// How often more was not granted, or was taken back.
        var refusals = Counts<SharedResource>()
    }

    fileprivate struct Holder: Sendable {
        let object: any Reclaimable
        let client: ClientAddress
        var amount: Int
        /// It was told to give up what it holds, which counts no more.
        var isCondemned = false
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter proxies: What has one of these for its client is nobody's: it counts in all, and no share limits it. Whose it is, a proxy
    ///   that names no client does not tell.
    package init(_ book: ShareBook, proxies: TrustedProxies = TrustedProxies(blocks: [])) {
        self.state = NIOLockedValueBox(State(book: book, proxies: proxies))
    }

    /// Other bounds and caps from now on: see `ShareBook`.
    package func change(bounds: [SharedResource: Int], caps: [SharedResource: Int]) {
        self.state.withLockedValue { $0.book.change(bounds: bounds, caps: caps) }
    }

    // MARK: - What is taken for as long as its holder wants it

    /// Takes so much more for the client, if it may have it. Whatever is granted is to be given back.
    package func take(_ resource: SharedResource, _ amount: Int = 1, for client: ClientAddress) -> ShareBook.Verdict {
        self.state.withLockedValue { state in
            let verdict = state.verdict(on: amount, resource, client)
            if verdict == .granted { state.change(resource, by: amount, for: client) }
            return verdict
        }
    }

    /// Whether the client may take so much more.
    package func verdict(on amount: Int, of resource: SharedResource, for client: ClientAddress) -> ShareBook.Verdict {
        self.state.withLockedValue { $0.verdict(on: amount, resource, client) }
    }

    package enum Place: Sendable, Equatable {
        case granted
        /// Granted past the bound, as this client holds less than its share: another's is to be taken back.
        case grantedInPlaceOfAnother
        case refused
    }

    /// Takes one for the client; where nothing is left, and the client holds less than its share, in place of another's.
    package func takePlace(_ resource: SharedResource, for client: ClientAddress) -> Place {
        self.state.withLockedValue { state in
            switch state.verdict(on: 1, resource, client) {
            case .granted:
                state.change(resource, by: 1, for: client)
                return .granted
            case .exhausted:
                if let owner = state.owner(client), state.book.networkAtShare(resource, owner) != nil { return .refused }
                state.change(resource, by: 1, for: client)
                return .grantedInPlaceOfAnother
            case .overShare, .overCap:
                return .refused
            }
        }
    }

    /// Whether the client holds its share, or more.
    package func isAtShare(_ resource: SharedResource, _ client: ClientAddress) -> Bool {
        self.state.withLockedValue { state in
            state.owner(client).map { state.book.networkAtShare(resource, $0) != nil } ?? false
        }
    }

    package func give(_ resource: SharedResource, _ amount: Int = 1, for client: ClientAddress) {
        self.change(resource, by: -amount, for: client)
    }

    /// The client holds so much more, or less: it was asked before whether it may.
    package func change(_ resource: SharedResource, by amount: Int, for client: ClientAddress) {
        if amount != 0 { self.state.withLockedValue { $0.change(resource, by: amount, for: client) } }
    }

    // MARK: - What can be taken back

    /// An object holds so much now. It is always granted; where that is too much for all, or for its client while all hold much, the result
    /// is who has to give up what it holds: the one that holds most of whoever holds most, which may be the object itself.
    package func hold(
        _ resource: SharedResource, _ amount: Int, by object: any Reclaimable, for client: ClientAddress
    ) -> (any Reclaimable)? {
        self.state.withLockedValue { state in
            let id = ObjectIdentifier(object)
            let holder = state.holders[resource]?[id]
            let before = holder?.amount ?? 0
            let isCondemned = holder?.isCondemned ?? false
            if !isCondemned { state.change(resource, by: amount - before, for: client) }
            guard amount > 0 else {
                state.holders[resource]?[id] = nil
                return nil
            }
            state.holders[resource, default: [:]][id] = Holder(object: object, client: client, amount: amount, isCondemned: isCondemned)
            guard amount > before, !isCondemned else { return nil }
            return state.condemned(for: resource, of: client)
        }
    }

    /// How much the widest network of this client holds; 0 for what is nobody's.
    package func held(_ resource: SharedResource, by client: ClientAddress) -> Int {
        self.state.withLockedValue { state in
            state.owner(client).map { state.book.held(resource, by: ShareBook.widest(of: $0)) } ?? 0
        }
    }

    // MARK: - Figures

    /// Networks that hold anything.
    package var clientCount: Int { self.state.withLockedValue { $0.book.count } }

    package func total(_ resource: SharedResource) -> Int { self.state.withLockedValue { $0.book.total(resource) } }

    /// How much of each resource is taken, and how much there may be; without those that have no bound.
    package var usage: [(resource: SharedResource, taken: Int, bound: Int)] {
        self.state.withLockedValue { state in
            SharedResource.allCases.compactMap { resource in
                state.book.bound(resource).map { (resource, state.book.total(resource), $0) }
            }
        }
    }

    package var refusals: Counts<SharedResource> { self.state.withLockedValue { $0.refusals } }
}

extension ClientShares.State {
    /// Whose it is; nil for what is nobody's.
    fileprivate func owner(_ client: ClientAddress) -> ClientAddress? { self.proxies.contains(client) ? nil : client }

    fileprivate mutating func change(_ resource: SharedResource, by amount: Int, for client: ClientAddress) {
        self.book.change(resource, by: amount, for: self.owner(client))
    }

    /// Asks, and counts if the result is no.
    fileprivate mutating func verdict(on amount: Int, _ resource: SharedResource, _ client: ClientAddress) -> ShareBook.Verdict {
        let verdict = self.book.verdict(on: amount, of: resource, for: self.owner(client))
        if verdict != .granted { self.refusals[resource] += 1 }
        return verdict
    }

    /// Who has to give up what it holds, now that this client holds more.
    fileprivate mutating func condemned(for resource: SharedResource, of client: ClientAddress) -> (any Reclaimable)? {
        switch self.book.verdict(on: 0, of: resource, for: self.owner(client)) {
        case .granted, .overCap: nil
        case .overShare: self.condemnLargest(of: resource, in: self.book.networkAtShare(resource, client))
        case .exhausted:
            // What is nobody's may be the most of it.
            if let largest = self.book.largestHolder(of: resource), largest.held >= self.book.unowned(resource) {
                self.condemnLargest(of: resource, in: largest.network)
            } else {
                self.condemnLargest(of: resource, in: nil)
            }
        }
    }

    /// Nil: among those that are nobody's.
    private mutating func condemnLargest(of resource: SharedResource, in network: ClientPrefix?) -> (any Reclaimable)? {
        var largest: (id: ObjectIdentifier, holder: ClientShares.Holder)?
        for (id, holder) in self.holders[resource, default: [:]] where !holder.isCondemned && holder.amount > largest?.holder.amount ?? 0 {
            let isTheirs = network.map { $0.contains(holder.client) } ?? (self.owner(holder.client) == nil)
            if isTheirs { largest = (id, holder) }
        }
        guard let largest else { return nil }
        self.change(resource, by: -largest.holder.amount, for: largest.holder.client)
        self.holders[resource]?[largest.id]?.isCondemned = true
        self.refusals[resource] += 1
        return largest.holder.object
    }
}
