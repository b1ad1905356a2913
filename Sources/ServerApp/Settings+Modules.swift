import FairShares
import HTTPServer
import NetworkAddresses
import ServerConfiguration
import SignalingCore
import SignalingRuntime
import TimeKeeping
import WebSocketServer

/// Makes each module's settings from those of the operator.

extension Signaling.Settings {
    init(_ settings: ServerSettings, _ connections: ConnectionLimits, tokenKey: [UInt8], ice: ICEServers.Settings) {
        let ttl = TimeSpan(settings.roomTTL)
        self.init(
            rooms: .init(
                roomTTL: ttl, mailbox: .init(messages: settings.mailboxMaxMessages, bytes: settings.mailboxMaxBytes)),
            codes: CodeService.Settings(settings),
            limits: .init(settings),
            bounds: .init(settings, connections),
            access: SideAccess(tokens: SideTokens(key: tokenKey), rooms: settings.rooms == .minted ? .minted : .any),
            ice: ice)
    }
}

extension ClientLimits.Settings {
    init(_ settings: ServerSettings) {
        self.init(
            httpPerMinute: settings.httpRatePerMinute, wsPerMinute: settings.wsRatePerMinute,
            redeemFailuresPerMinute: settings.redeemFailuresPerMinute, icePerMinute: settings.clientICEPerMinute)
    }
}

extension Signaling.Bounds {
    init(_ settings: ServerSettings, _ connections: ConnectionLimits) {
        self.init(
            connections: connections.shared, webSockets: connections.webSockets, rooms: settings.maxRooms,
            memory: settings.storedBytesMax, clientConnections: settings.clientConnectionsMax, clientCodes: settings.clientCodesMax,
            proxies: TrustedProxies(blocks: settings.trustedProxies))
    }
}

extension CodeService.Settings {
    init(_ settings: ServerSettings) {
        self.init(digits: settings.codeDigits, digitsMax: settings.codeDigitsMax, ttl: TimeSpan(settings.roomTTL))
    }
}

extension HTTPSettings {
    init(_ settings: ServerSettings) {
        self.init(
            readHeaderTimeout: TimeSpan(settings.readHeaderTimeout), idleTimeout: TimeSpan(settings.idleTimeout),
            cors: CORSPolicy(dev: settings.dev, allowed: settings.corsOrigins), hosts: HostPolicy(allowed: settings.allowedHosts),
            isSecure: settings.tlsCertificateFile != nil, strictTransport: Self.strictTransport(settings),
            proxies: TrustedProxies(blocks: settings.trustedProxies),
            logsFullAddresses: settings.logClientAddresses == .full)
    }
}

extension HTTPSettings {
    /// Browsers heed it over TLS alone.
    private static func strictTransport(_ settings: ServerSettings) -> String? {
        guard settings.tlsCertificateFile != nil, settings.hstsMaxAge > .zero else { return nil }
        return "max-age=\(settings.hstsMaxAge.components.seconds)"
    }
}

extension WebSocketSettings {
    init(_ settings: ServerSettings, _ shares: ClientShares) {
        self.init(
            heartbeat: TimeSpan(settings.heartbeat), maxMessage: settings.wsMaxMessage,
            messageTimeout: TimeSpan(settings.messageTimeout), shares: shares)
    }
}

extension TimeSpan {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
