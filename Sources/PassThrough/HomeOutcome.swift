package import ByteStreams
package import HTTPServer
package import NIOCore

/// What came of passing an upgrade to its home.
package enum HomeOutcome {
    case connected
    case refused(HomeRefusal)
    /// There is no connection to it, or it ended before there was a response.
    case unreachable(ConnectError)
    case garbled(ResponseFault)
    case tooSlow
    case clientLeft
    /// This node is about to end.
    case draining
}

/// A home's response that grants no upgrade.
package struct HomeRefusal: Equatable, Sendable {
    package var status: HTTPStatus
    package var contentType: String?
    /// Further fields that mean something to the client.
    package var fields: [HTTPField]
    package var body: ByteBuffer
}

/// What is wrong with a home's response.
package enum ResponseFault: Error, Equatable, Sendable {
    case statusLine
    case fields
    case headTooLong
    /// One that refuses nothing, or that no node sends.
    case status(Int)
    case framing
    case bodyTooLong
}

extension HomeOutcome {
    /// What the client is told where it got no connection.
    package var response: HTTPResponse {
        switch self {
        case .refused(let refusal):
            HTTPResponse(
                refusal.status, contentType: refusal.contentType, body: .bytes(refusal.body), fields: refusal.fields, closes: true)
        case .unreachable: Self.problem(.serviceUnavailable, "the node that has this room cannot be reached; connect again")
        case .garbled: Self.problem(.badGateway, "the node that has this room does not respond as one; connect again")
        case .tooSlow: Self.problem(.gatewayTimeout, "the node that has this room does not respond in time; connect again")
        // Nobody reads it where the client has left, or is connected.
        case .draining, .clientLeft, .connected: Self.problem(.serviceUnavailable, "the server is shutting down; connect again")
        }
    }

    private static func problem(_ status: HTTPStatus, _ detail: String) -> HTTPResponse {
        Problem(status, detail, fields: [.init("Retry-After", "1")], closes: true).response
    }
}
