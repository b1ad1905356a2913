/// What went wrong, in one type: for programs a `code`, for people a `message` and an `advice`.
public struct ClientError: Error, Sendable, Hashable {
    /// The kind of error. The set is open: a later version may have more.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        public var rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { self.rawValue = value }
        public var description: String { self.rawValue }
    }

    public var code: Code
    /// What happened, for a log.
    public var message: String
    /// What a person can do about it.
    public var advice: String?
    /// The server, or a proxy before it, asks for this much patience.
    public var retryAfter: Duration?
    /// The server's own words, where it answered with a problem.
    public var problem: Problem?

    public init(
        _ code: Code, _ message: String, advice: String? = nil, retryAfter: Duration? = nil, problem: Problem? = nil
    ) {
        self.code = code
        self.message = message
        self.advice = advice ?? code.advice
        self.retryAfter = retryAfter
        self.problem = problem
    }
}

/// A refusal as the server words it (RFC 9457).
public struct Problem: Sendable, Hashable, Codable {
    public var status: Int
    public var title: String?
    public var detail: String?

    public init(status: Int, title: String? = nil, detail: String? = nil) {
        self.status = status
        self.title = title
        self.detail = detail
    }
}

extension ClientError: CustomStringConvertible {
    public var description: String { "\(self.code): \(self.message)" }
}

extension ClientError {
    static let cancelled = ClientError(.cancelled, "the task that waited was cancelled")
    static let closed = ClientError(.closed, "the session was closed")
}
