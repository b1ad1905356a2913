package import TimeKeeping

/// A request that this server makes of another one.
package struct OutgoingRequest: Sendable {
    package enum Method: Sendable { case get, post, options }

    package var method: Method
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// For all of it, from the name's resolution to the last byte of the response.
    package var timeout: TimeSpan
    /// Bytes of a response's body; one with more is an error.
    package var largestBody: Int

    package init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil, timeout: TimeSpan,
        largestBody: Int
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.largestBody = largestBody
    }
}

package struct OutgoingResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of this name, whose case does not matter.
    package func value(of header: String) -> String? {
        let wanted = header.lowercased()
        return self.headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why there is no response. The reason is one line for people, and says nothing of what was sent: queries and fields may be secret.
package struct OutgoingError: Error, Sendable, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// Makes requests of other servers. What decides what a response means is given one, and in tests another.
package protocol HTTPFetching: Sendable {
    func fetch(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse
}
