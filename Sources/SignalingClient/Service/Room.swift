/// A room that was entered by its code: what minting and redeeming give.
public struct Room: Sendable, Hashable, Codable {
    /// Its name, a UUID.
    public var appID: String
    /// Which side the token is for; the one who minted the code is A.
    public var side: Side
    /// Shows that this side has minted or redeemed the code. A secret.
    public var token: String?
    /// STUN and TURN servers, if the server names any.
    public var iceServers: [ICEServer]
    /// After this time, from the answer, fresh ones are needed.
    public var iceServersExpireInMs: UInt64?
    /// The server gives out credentials again after this time, from the answer.
    public var iceServersRetryAfterMs: UInt64?
    /// What was left of the code's life when the server answered.
    public var expiresInMs: UInt64?

    public init(appID: String, side: Side, token: String? = nil) {
        self.appID = appID
        self.side = side
        self.token = token
        self.iceServers = []
    }
}

/// As RTCPeerConnection takes it.
public struct ICEServer: Sendable, Hashable, Codable {
    public var urls: [String]
    public var username: String?
    public var credential: String?

    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }
}

/// A code, which somebody else trades for the other side of the room.
public struct Code: Sendable, Hashable {
    /// Digits; leading zeros count.
    public var digits: String
    public var room: Room
}
