package import NIOCore
package import NetworkAddresses
import TimeKeeping

/// A request whose head and body have arrived.
package struct HTTPRequest {
    package internal(set) var head: RequestHead
    package internal(set) var body: ByteBuffer
    /// The client's address; behind a trusted proxy, the one that the proxy reports.
    package let client: ClientAddress
    /// Whether a trusted proxy has passed it on, and said for whom.
    package let isByProxy: Bool
    /// Index of the route in the table; nil if there is no route for the target.
    let route: Int?
    let startedAt: MonotonicTime
    /// Whether it comes from the server's own page. Not looked at where every page may use the server.
    package var isFromOwnPage = false

    /// The host by which the client reaches this server, without a port; an IPv6 address is in brackets. Nil if it says none.
    package var hostName: String? {
        guard self.head.host.count == 1 else { return nil }
        return Authority(self.head.bytes.readableBytesUInt8Span, self.head.host.value).map { self.head.text($0.host) }
    }

    /// Of the target, without its query.
    package var path: String {
        self.head.text(RequestTarget(self.head.bytes.readableBytesUInt8Span, self.head.target).path)
    }
}
