import ByteStreams
package import ICECore
import MetricsCore
import NIOConcurrencyHelpers
package import NetworkAddresses
package import SignalingCore
package import SignalingWire
package import TimeKeeping

/// Decides which ICE servers a client is given: those that anybody may have, and those with credentials as often as it may have some.
package final class ICEServers: Sendable {
    package struct Settings: Sendable {
        /// The operator's list. Nil: this server's own STUN stands in for it.
        package var listed: ICEServerList?
        /// TURN servers that credentials are made for.
        package var turn: TURN?
        package var provided: ProvidedServers?
        /// Where this server's own STUN is bound; nil while it is not. Asked for each response. Nil for a server that has none.
        package var ownSTUNPort: (@Sendable () -> Int?)?

        package init(
            listed: ICEServerList? = nil, turn: TURN? = nil, provided: ProvidedServers? = nil,
            ownSTUNPort: (@Sendable () -> Int?)? = nil
        ) {
            self.listed = listed
            self.turn = turn
            self.provided = provided
            self.ownSTUNPort = ownSTUNPort
        }
    }

    package struct TURN: Sendable {
        package var urls: [ICEURL]
        package var credentials: TURNCredentials
        /// How long credentials are good.
        package var ttl: TimeSpan

        package init(urls: [ICEURL], credentials: TURNCredentials, ttl: TimeSpan) {
            self.urls = urls
            self.credentials = credentials
            self.ttl = ttl
        }
    }

    /// Who asks, and for what.
    package struct Asker: Sendable {
        package let request: ICERequestLabel
        package let client: ClientAddress
        /// The name by which the client reaches this server; nil if it has said none.
        package let host: String?

        package init(_ request: ICERequestLabel, client: ClientAddress, host: String?) {
            self.request = request
            self.client = client
            self.host = host
        }
    }

    /// What it is given.
    package struct Offer: Sendable, Equatable {
        /// The elements of a JSON array, with commas between them.
        package var entries: [UInt8] = []
        /// How long all of them are good; nil if none ends.
        package var expiresIn: TimeSpan?
        /// It has had as many credentials as it may for now. Those without are in the list.
        package var retryAfter: TimeSpan?

        /// Whether there is nothing to tell.
        package var isEmpty: Bool { self.entries.isEmpty && self.retryAfter == nil }
    }

    /// What is made of settings once, for all responses.
    fileprivate final class Prepared: Sendable {
        let settings: Settings
        /// What is the same in each response.
        let listed: ICEEntries
        /// The beginning of the entry with this server's own credentials, up to the username.
        let turnStart: [UInt8]

        init(_ settings: Settings) {
            self.settings = settings
            self.listed = ICEEntries(settings.listed ?? ICEServerList())
            self.turnStart = settings.turn.map { Array(ICEEntries.entry($0.urls).dropLast()) + Array(#","username":""#.utf8) } ?? []
        }

        /// Whether there is nothing to give to anybody.
        var isOff: Bool {
            let hasNoSTUN = self.settings.listed.map { $0.urlCount == 0 } ?? (self.settings.ownSTUNPort == nil)
            return hasNoSTUN && self.settings.turn == nil && self.settings.provided == nil
        }
    }

    private let prepared: NIOLockedValueBox<Prepared>
    private let limit: ClientLimit
    package let provided: ProvidedServers?

    package init(_ settings: Settings, limit: ClientLimit) {
        self.prepared = NIOLockedValueBox(Prepared(settings))
        self.limit = limit
        self.provided = settings.provided
    }

    /// Another list of the operator's, and other TURN servers, from now on.
    package func change(listed: ICEServerList?, turn: TURN?) {
        var settings = self.current.settings
        (settings.listed, settings.turn) = (listed, turn)
        let prepared = Prepared(settings)
        self.prepared.withLockedValue { $0 = prepared }
    }

    private var current: Prepared { self.prepared.withLockedValue { $0 } }

    /// Whether there is nothing to give to anybody, as long as nothing changes.
    package var isOff: Bool { self.current.isOff }

    /// What goes to a side of a room.
    package func offer(_ room: RoomID, _ side: Side, to asker: Asker, _ loop: SignalingLoop) -> Offer {
        let now = loop.clock.now()
        let current = self.current
        let provided = self.provided.flatMap { $0.current(now: now) }
        var offer = Offer(entries: current.open(asker))
        if let provided { ICEEntries.append(provided.entries.open, to: &offer.entries) }
        let hasAccounts = !current.listed.accounts.isEmpty || current.settings.turn != nil || provided?.entries.accounts.isEmpty == false
        guard hasAccounts else { return offer }
        if let wait = self.limit.admit(asker.client, loop) {
            offer.retryAfter = wait
            return offer
        }
        loop.metrics.count { $0.iceCredentials[asker.request] += 1 }
        ICEEntries.append(current.listed.accounts, to: &offer.entries)
        var ends: [TimeSpan] = []
        if let turn = current.settings.turn {
            current.add(turn, room, side, unixSeconds: loop.clock.unixSeconds(), to: &offer.entries)
            ends.append(turn.ttl)
        }
        if let provided, !provided.entries.accounts.isEmpty {
            ICEEntries.append(provided.entries.accounts, to: &offer.entries)
            if let end = provided.end { ends.append(end - now) }
        }
        offer.expiresIn = ends.min()
        return offer
    }
}

extension ICEServers.Prepared {
    fileprivate func open(_ asker: ICEServers.Asker) -> [UInt8] {
        if self.settings.listed != nil { return self.listed.open }
        guard let port = self.settings.ownSTUNPort?(), let host = asker.host else { return [] }
        return ICEEntries.stun(host: host, port: port) ?? []
    }

    fileprivate func add(_ turn: ICEServers.TURN, _ room: RoomID, _ side: Side, unixSeconds: Double, to entries: inout [UInt8]) {
        // Rounded up: they are good for as long as the client is told.
        let expiry = (unixSeconds + turn.ttl.seconds).rounded(.up)
        let username = turn.credentials.username(room, side, expiresAt: Int(expiry))
        let end = username + #"","credential":""# + turn.credentials.credential(for: username) + "\"}"
        ICEEntries.append(self.turnStart + Array(end.utf8), to: &entries)
    }
}
