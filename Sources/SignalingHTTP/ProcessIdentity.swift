import ByteScan
import HTTPServer
import NetworkAddresses
package import TimeKeeping

/// What `GET /rendezvous/server` tells: which server this is, and how whoever asks looks from here. It is for those who set a server up.
package struct ProcessIdentity: Sendable {
    /// Everything but the client, up to where that stands.
    private let head: String

    /// - Parameters:
    ///   - instance: Another one for each process, so that two behind one name can be told apart.
    ///   - sharesRooms: Whether it is one of several nodes, at any of which a code is known.
    package init(version: String, instance: UInt64, heartbeat: TimeSpan, sharesRooms: Bool) {
        self.head =
            #"{"server":"nt-backend-wrtc","version":"\#(version)","instance":"\#(Hex.text(instance))","#
            + #""heartbeatMs":\#(heartbeat.milliseconds),"shared":\#(sharesRooms)"#
    }

    func response(to client: ClientAddress) -> HTTPResponse {
        .json(.text(#"\#(self.head),"client":"\#(client.text)"}"#))
    }
}
