package import ByteStreams
package import NIOCore
package import TimeKeeping

/// The node that a connection belongs to.
package struct HomeNode: Sendable {
    package let address: SocketAddress
    /// Where its address is one of `https`.
    package let tls: (any ClientTLS)?
    /// Its name among the nodes, which what is passed to it is signed for.
    package let name: String

    /// As a request names it that is not a client's.
    let host: String
    /// Where it says that it is.
    let place: String

    package init(
        _ name: String, at address: SocketAddress, host: String = "node", place: String = "", tls: (any ClientTLS)? = nil
    ) {
        self.host = host
        self.place = place
        self.name = name
        self.address = address
        self.tls = tls
    }
}

package struct PassThroughSettings: Sendable {
    /// Time in which the home's system must take the connection.
    package var connectLimit = TimeSpan.seconds(1)
    /// Time in which the home must have responded, connecting included.
    package var responseLimit = TimeSpan.seconds(3)
    /// How long nothing may come from the home. It sends each client a ping at every heartbeat.
    package var silence: TimeSpan

    package init(heartbeat: TimeSpan) { self.silence = heartbeat * 2 }

    /// Bytes of the head of a home's response; of interim responses before it, too.
    package static let maxHead = 16 * 1024
    /// Bytes of the body of a refusal.
    package static let maxBody = 64 * 1024
}
