package import ByteStreams
import NIOCore
package import TimeKeeping
package import WebSocketCore

/// What is spoken on a WebSocket connection. The connection reads and writes frames, keeps the client alive and closes; its sink says what
/// messages mean. Every call comes on the connection's loop, and none after `ended`.
package protocol WebSocketSink: AnyObject {
    /// The connection is there, and may be written to. Whoever holds on to it lets go in `ended`: it holds its sink.
    func opened(_ connection: WebSocketConnection) -> WebSocketOpening

    /// Which other server passed the connection here.
    var passing: Passing? { get }

    /// Messages came in: take them with `messages.next()` until that returns nil.
    func received(_ messages: inout WebSocketMessages)

    /// A connection that was held has been released by an order to its outbox; what the client sent meanwhile is read next.
    func released()

    /// The time for which the connection was to be held is over. What is decided then comes as an order to its outbox; without one the
    /// connection stays held.
    func holdExpired()

    /// The outbox was asked for more (`Outbox.wantMore`), and has drained.
    func drained()

    /// The client has returned the ping that was ordered with `isProbed`.
    func respondedToProbe()

    /// The server is about to end; the client shall come back after this time.
    func goesAway(reconnectAfterMilliseconds: Int)

    /// No further message is taken, and nothing more can be sent: a close frame is on its way out, or the connection has broken. Called
    /// once, before `ended`.
    func closes(_ cause: WebSocketCloseCause)

    /// The connection is over, and lets go of its outbox and its stream.
    func ended(_ summary: WebSocketSummary)

    /// Something happened that may be worth counting.
    func observed(_ event: WebSocketEvent)

    /// The text of a close frame with this code.
    func closeReason(_ code: CloseCode) -> String
}

extension WebSocketSink {
    package var passing: Passing? { nil }
    package func released() {}
    package func holdExpired() {}
    package func drained() {}
    package func respondedToProbe() {}
    package func goesAway(reconnectAfterMilliseconds: Int) {}
    package func closes(_ cause: WebSocketCloseCause) {}
    package func ended(_ summary: WebSocketSummary) {}
    package func observed(_ event: WebSocketEvent) {}
    package func closeReason(_ code: CloseCode) -> String { code.reason }
}

/// How a connection begins.
package enum WebSocketOpening: Sendable {
    /// It is read from. `paused`: not yet, because somebody that it sends to is behind (`Outbox.makeWait`).
    case open(paused: Bool)
    /// Nothing is read until the outbox is ordered to release it. At this time the sink is told that it takes long (`holdExpired`).
    case held(until: MonotonicTime)
    case refused(CloseCode)
}

/// By whom a connection ends.
package enum WebSocketCloseCause: Sendable, Equatable {
    /// Its close frame came.
    case client
    case server(CloseCode)
    /// Nobody closed it.
    case broken
}

package enum WebSocketEvent: Sendable {
    /// The connection began.
    case opened
    /// A frame came in.
    case ping, pong, close
    /// A pong to the server's own ping came in.
    case roundTrip(TimeSpan)
}

/// A connection that has ended.
package struct WebSocketSummary: Sendable {
    /// 1005 for a close without a code, 1006 for an end without a close.
    package var code: UInt16
    /// How the client, or something in between, broke the protocol, if it did.
    package var violation: WebSocketViolation?
    /// Why the stream failed, if it did.
    package var error: (any Error)?
    package var duration: TimeSpan
    package var messagesIn: Int
    package var bytesIn: Int
    package var messagesOut: Int
    package var bytesOut: Int
}
