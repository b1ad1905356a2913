import HTTPServer
import NetworkAddresses
import ServerConfiguration
import SignalingCore
import SignalingRuntime
import TimeKeeping
import WebSocketServer

/// Makes each module's settings from those of the operator.

extension Signaling.Settings {
    init(_ settings: ServerSettings, maxWebSockets: Int) {
        let ttl = TimeSpan(settings.roomTTL)
        self.init(
            rooms: .init(
                maxRooms: settings.maxRooms, roomTTL: ttl,
                mailbox: .init(messages: settings.mailboxMaxMessages, bytes: settings.mailboxMaxBytes)),
            codes: .init(digits: settings.codeDigits, digitsMax: settings.codeDigitsMax, ttl: ttl),
            limits: .init(
                httpPerMinute: settings.httpRatePerMinute, wsPerMinute: settings.wsRatePerMinute,
                redeemFailuresPerMinute: settings.redeemFailuresPerMinute),
            maxStoredBytes: settings.storedBytesMax, maxWebSockets: maxWebSockets)
    }
}

extension HTTPSettings {
    init(_ settings: ServerSettings) {
        self.init(
            readHeaderTimeout: TimeSpan(settings.readHeaderTimeout), idleTimeout: TimeSpan(settings.idleTimeout),
            cors: CORSPolicy(dev: settings.dev, allowed: settings.corsOrigins),
            proxies: TrustedProxies(blocks: settings.trustedProxies),
            logsFullAddresses: settings.logClientAddresses == .full)
    }
}

extension WebSocketSettings {
    init(_ settings: ServerSettings) {
        self.init(
            heartbeat: TimeSpan(settings.heartbeat), maxMessage: settings.wsMaxMessage,
            partialMessages: SharedBytes(limit: settings.storedBytesMax))
    }
}

extension TimeSpan {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
