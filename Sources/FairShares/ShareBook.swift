package import NetworkAddresses
import TimeKeeping

/// Who holds how much of what all clients share, and whether a client may take more. Pure.
///
/// Below three quarters of a bound everybody may take what they like, so that a school or a carrier behind one address notices nothing in
/// ordinary times. Above it a client may take more only while it holds less than its fair share: the bound divided by the clients that hold
/// any, counting it and the one that may come next. So whatever one client does, another that holds little finds a quarter of the bound
/// free of it. IPv6 clients are /64s, and what holds for each holds for all of a /56 and of a /48 together. A subject is one client.
///
/// A client is remembered while it holds anything, so there are no more of them than there are things to be held.
package struct ShareBook: Sendable {
    package enum Verdict: Sendable, Equatable {
        case granted
        /// Others may take more; this client holds its share.
        case overShare
        /// The client holds as much as any may.
        case overCap
        /// Nothing is left.
        case exhausted
    }

    /// What one network holds, of each resource.
    private typealias Holdings = SIMD8<Int>

    private struct Bound {
        var most: Int
        /// Up to here nobody is limited.
        var relaxed: Int { self.most - self.most / 4 }
        /// What one client may hold in any case; 0: no such limit.
        var cap: Int
        var total = 0
        /// What of it is nobody's.
        var unowned = 0
        /// Networks of each width that hold any; an IPv4 address, or a subject, is one of every width.
        var holders = SIMD4<Int>.zero
    }

    /// The networks that an IPv6 client is part of, and how many times a client's cap each may hold.
    private static let v6Widths: [(length: Int, factor: Int)] = [(64, 1), (56, 4), (48, 8)]

    private var bounds: [Bound]
    private var clients = PagedTable<ClientPrefix, Holdings>()

    /// A resource without a bound is only counted. Caps are for one client; a /56 may hold four times as much, and a /48 eight times.
    package init(bounds: [SharedResource: Int], caps: [SharedResource: Int] = [:]) {
        self.bounds = SharedResource.allCases.map { Bound(most: bounds[$0] ?? .max, cap: caps[$0] ?? 0) }
    }

    /// Other bounds and caps from now on, as in `init`. Nobody loses what it holds; where that is more than there may be, no more is granted
    /// until there is less.
    package mutating func change(bounds: [SharedResource: Int], caps: [SharedResource: Int]) {
        for resource in SharedResource.allCases {
            self.bounds[resource.rawValue].most = bounds[resource] ?? .max
            self.bounds[resource.rawValue].cap = caps[resource] ?? 0
        }
    }

    /// Networks that hold anything.
    package var count: Int { self.clients.count }
    package func total(_ resource: SharedResource) -> Int { self.bounds[resource.rawValue].total }
    /// Nil where there is no bound.
    package func bound(_ resource: SharedResource) -> Int? {
        let most = self.bounds[resource.rawValue].most
        return most == .max ? nil : most
    }
    package func held(_ resource: SharedResource, by client: ClientPrefix) -> Int {
        self.clients.position(of: client).map { self.clients[$0][resource.rawValue] } ?? 0
    }

    // MARK: - Asking

    /// Whether the client may take so much more. Nil stands for whoever is nobody's client: for it only the bound holds.
    package func verdict(on amount: Int, of resource: SharedResource, for client: ClientAddress?) -> Verdict {
        let bound = self.bounds[resource.rawValue]
        if bound.cap > 0, let client, self.isOverCap(bound.cap, amount, resource, client) { return .overCap }
        if bound.total + amount <= bound.relaxed { return .granted }
        if bound.total + amount > bound.most { return .exhausted }
        if let client, self.networkAtShare(resource, client) != nil { return .overShare }
        return .granted
    }

    /// The narrowest of the client's networks that holds its share or more.
    package func networkAtShare(_ resource: SharedResource, _ client: ClientAddress) -> ClientPrefix? {
        let bound = self.bounds[resource.rawValue]
        for (index, prefix) in Self.networks(of: client).enumerated() {
            let held = self.held(resource, by: prefix)
            // One that holds nothing yet may begin. The sharers are those that hold any, and one that may come.
            if held > 0, held >= bound.most / (bound.holders[index] + 1) { return prefix }
        }
        return nil
    }

    private func isOverCap(_ cap: Int, _ amount: Int, _ resource: SharedResource, _ client: ClientAddress) -> Bool {
        zip(Self.networks(of: client), Self.v6Widths).contains { prefix, width in
            self.held(resource, by: prefix) + amount > cap * width.factor
        }
    }

    /// The widest network that holds most. It costs a look at every client: it is asked where something has to be taken back.
    package func largestHolder(of resource: SharedResource) -> (network: ClientPrefix, held: Int)? {
        var largest: (network: ClientPrefix, held: Int)?
        for position in 0..<self.clients.count {
            let held = self.clients[position][resource.rawValue]
            guard held > largest?.held ?? 0 else { continue }
            let network = self.clients.key(at: position)
            if network.isWidest { largest = (network, held) }
        }
        return largest
    }

    /// What is held and nobody's.
    package func unowned(_ resource: SharedResource) -> Int { self.bounds[resource.rawValue].unowned }

    // MARK: - Counting

    /// The client holds so much more, or less, from now on.
    package mutating func change(_ resource: SharedResource, by amount: Int, for client: ClientAddress?) {
        self.bounds[resource.rawValue].total += amount
        guard let client else {
            self.bounds[resource.rawValue].unowned += amount
            return
        }
        if amount == 0 { return }
        switch client {
        case .v4, .subject:
            let difference = self.change(resource.rawValue, by: amount, for: ClientPrefix(client, length: 32))
            if difference != 0 { self.bounds[resource.rawValue].holders &+= SIMD4(repeating: difference) }
        case .v6:
            for index in Self.v6Widths.indices {
                let prefix = ClientPrefix(client, length: Self.v6Widths[index].length)
                self.bounds[resource.rawValue].holders[index] += self.change(resource.rawValue, by: amount, for: prefix)
            }
        }
    }

    /// 1 if the network holds any from now on, -1 if none any more.
    private mutating func change(_ index: Int, by amount: Int, for prefix: ClientPrefix) -> Int {
        let position = self.clients.position(of: prefix) ?? self.clients.insert(prefix, .zero)
        let before = self.clients[position][index]
        assert(before + amount >= 0, "a client gave back more than it held")
        self.clients[position][index] = before + amount
        if self.clients[position] == .zero { self.clients.remove(at: position) }
        return (before + amount == 0 ? 0 : 1) - (before == 0 ? 0 : 1)
    }

    /// From the narrowest to the widest. An IPv4 address, or a subject, is all there is.
    private static func networks(of client: ClientAddress) -> [ClientPrefix] {
        switch client {
        case .v4, .subject: [ClientPrefix(client, length: 32)]
        case .v6: Self.v6Widths.map { ClientPrefix(client, length: $0.length) }
        }
    }
}

extension ShareBook {
    /// The widest network that the client is part of.
    package static func widest(of client: ClientAddress) -> ClientPrefix { ClientPrefix(client, length: 48) }
}
