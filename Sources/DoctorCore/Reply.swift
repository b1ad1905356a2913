/// A response other than the one that was asked for.
package struct Reply: Equatable, Sendable {
    package let status: Int
    /// What the server itself says about it; nil where the response is a proxy's, or that of something else.
    package let detail: String?
    /// The beginning of the body.
    package let text: String

    package init(status: Int, detail: String? = nil, text: String = "") {
        self.status = status
        self.detail = detail
        self.text = text
    }

    /// The status, and in whose words.
    var words: String { self.detail.map { "\(self.status): \($0)" } ?? "\(self.status), and not from nt-backend-wrtc" }
}

/// Who answers under a name: the body of `GET /rendezvous/server`.
package struct Identity: Decodable, Equatable, Sendable {
    package var server: String
    package var version: String
    /// One for each process.
    package var instance: String
    /// The address of whoever asks, as the server sees it.
    package var client: String
    package var heartbeatMs: Int
    /// Whether it is one of several nodes, which share codes and rooms.
    package var shared: Bool

    package init(server: String = Self.name, version: String, instance: String, client: String, heartbeatMs: Int, shared: Bool = false) {
        self.server = server
        self.version = version
        self.instance = instance
        self.client = client
        self.heartbeatMs = heartbeatMs
        self.shared = shared
    }

    package static let name = "nt-backend-wrtc"
}

/// What became of a request.
package enum Answer<Value: Sendable>: Sendable {
    case wanted(Value)
    case other(Reply)
    /// There was no whole response, for this cause.
    case none(String)
}

extension Answer: Equatable where Value: Equatable {}
