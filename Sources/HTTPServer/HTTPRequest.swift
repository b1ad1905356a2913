package import NIOCore
package import NetworkAddresses
import TimeKeeping

/// A request whose head and body are in.
package struct HTTPRequest {
    package internal(set) var head: RequestHead
    package internal(set) var body: ByteBuffer
    /// Whom it came from, as far as proxies are trusted.
    package let client: ClientAddress
    /// Its place in the table of routes; nil where that has none for it.
    let route: Int?
    let startedAt: MonotonicTime

    /// Of the target, without its query.
    package var path: String {
        self.head.text(RequestTarget(self.head.bytes.readableBytesUInt8Span, self.head.target).path)
    }
}
