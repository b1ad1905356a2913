package import NIOCore
package import NetworkAddresses
import SignalingCore

/// The byte stream of one connection, as whoever speaks a protocol on it sees it. Used on its event loop only.
///
/// Two kinds exist: a plain socket on a loop of this server's own (module SocketTransport), and a NIO channel (`ChannelStream`), for TLS,
/// for systems without epoll, and for tests.
package protocol ByteStream: AnyObject {
    /// Whose socket it is at the other end; a proxy's, if one is in between.
    var peer: ClientAddress { get }

    /// False while the socket is behind: what is written then waits in memory.
    var isWritable: Bool { get }

    /// Bytes written and flushed that the socket has not taken.
    var unsentBytes: Int { get }

    /// Whether input is read. A read under way is still handed on when this becomes false.
    var isReading: Bool { get set }

    /// Adds to what the next `flush` sends.
    func write(_ bytes: ByteBuffer)
    func flush()

    /// Ends this direction once everything written is out; input is read on.
    func closeOutput()

    /// Ends the connection once everything written is out.
    func closeWhenSent()

    /// Ends the connection at once. What the socket has not taken is lost.
    func close()

    /// Lets another driver go on, with bytes that were read already. It is made on the loop that it will run on: the one for this key, if
    /// the stream can move there. The old driver hears nothing more, `ended` included. Unless the server ends meanwhile, `make` is called once.
    func handOver(key: UInt64, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver)
}

/// Whoever speaks a protocol on a stream. Every call comes on the stream's loop, and none after `ended`.
///
/// Whoever makes these calls has `LoopContext.flushTouched` run after a batch of them.
package protocol StreamDriver: AnyObject {
    /// The stream is there, and may be written to.
    func opened(on stream: any ByteStream)

    /// Bytes came in. The buffer is the loop's, and is used again: what is not dealt with now has to be copied.
    func received(_ bytes: ByteBuffer)

    /// All that was there to be read has been handed on. Comes once after `opened` too, whether anything was there or not.
    func readCompleted()

    /// `isWritable` became true.
    func becameWritable()

    /// Whether a client that sends nothing more is still sent what was written. Asked when its end comes; the stream closes after that.
    var outlivesInput: Bool { get }

    /// The stream is closed, by either side or by this error.
    func ended(_ error: (any Error)?)
}
