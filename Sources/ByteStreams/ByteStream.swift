package import NIOCore
package import NetworkAddresses

/// The byte stream of one connection, as whoever speaks a protocol on it sees it: its driver.
///
/// Each transport has a stream of its own: SocketTransport a plain socket on an epoll loop, ChannelTransport a NIO channel, for TLS and for
/// systems without epoll. Both keep to what is said here and at `StreamDriver`; `Tests/TransportTests` holds them to it.
///
/// A stream is used on its loop only, by its driver, from `opened` until `ended`. Within those bounds everything may be called from within
/// any call of the driver's, and on other streams of the loop too. When `ended` is called the stream is over already: nothing has an effect
/// any more. When it was handed over it may be another thread's: the old driver has let go of it.
package protocol ByteStream: AnyObject {
    /// Whose socket it is at the other end; a proxy's, if one is in between.
    var peer: ClientAddress { get }

    /// False while more waits to be sent than should: what is written then waits in memory too. False for good once the connection is
    /// broken or over.
    ///
    /// Behind TLS, what is written before the handshake is over is counted neither here nor in `unsentBytes`.
    var isWritable: Bool { get }

    /// Bytes that were written, and the socket has not taken.
    var unsentBytes: Int { get }

    /// Whether input is read; true at first. A hand-over leaves it as it is.
    ///
    /// When it becomes false, what was read already, or asked of the system, is still handed on: behind it nothing, but what has come in
    /// before the client ended or broke the connection, and then that end. When it becomes true, what came in meanwhile is read, not from
    /// within this call.
    var isReading: Bool { get set }

    /// Adds to what the next `flush` sends. Without effect after `closeOutput` and `closeWhenSent`, and when the connection is broken.
    func write(_ bytes: ByteBuffer)

    /// Sends what was written as far as the socket takes it. The rest follows by itself. What comes of it, the driver is not told from
    /// within this call.
    func flush()

    /// Ends this direction once everything written is out; input is read on.
    func closeOutput()

    /// Ends the connection once everything written is out, also if it was only this direction that was to end until now. Input is read until
    /// then. A client that takes nothing holds it up for ever: who wants less closes in the end.
    func closeWhenSent()

    /// Ends the connection at once. What the socket has not taken may be lost.
    ///
    /// However a connection ends whose client has sent what nobody has read: TCP then resets it, and the client may lose what it has not
    /// read yet. Who wants its last words read ends the output, and reads until the client ends or has had its time.
    ///
    /// Behind TLS the client is told of the end, and the socket closes when it has confirmed that or has had its time. The driver has
    /// nothing to do with that any more.
    func close()

    /// Ends the connection at once, behind TLS too, where the client is told nothing then.
    func abort()

    /// Lets another driver go on. It is made on the loop that it will run on: the one for this key, if the stream can move there; the same one
    /// without a key. Unless the loops end meanwhile, `make` is called once, and the new driver hears `opened`, `unread` as the first bytes received (those it was
    /// handed itself before, if it passes the stream on before it had them), then what follows them on the connection; and the end, also of
    /// a connection that broke meanwhile. What was written and is not sent goes along, and so do a pause and an end that is due.
    ///
    /// The old driver hears nothing more, `ended` included.
    func handOver(key: UInt64?, unread: ByteBuffer, to make: @escaping @Sendable (LoopContext) -> any StreamDriver)
}

/// Whoever speaks a protocol on a stream. Every call comes on the stream's loop, and none before `opened` or after `ended`; `ended` may be
/// the only one, where a connection was to be opened and did not come about.
///
/// None comes from within a call of the driver's own, but `ended`: from within `close`, and from within `closeOutput` and `closeWhenSent`
/// where nothing holds the end up.
///
/// Whoever makes these calls has `LoopContext.flushTouched` run after a batch of them.
package protocol StreamDriver: AnyObject {
    /// The stream is there, and may be written to.
    func opened(on stream: any ByteStream)

    /// The proxy at the other end has said whose connection this is. Comes after `opened` and before anything is received, or not at all.
    func identified(as client: ClientAddress)

    /// Bytes came in. The buffer is the loop's, and is used again: a driver may keep it, but one that keeps much of it or for long copies.
    func received(_ bytes: ByteBuffer)

    /// A batch of `received` is over: all that was there has been handed on, or it is others' turn. Comes once after `opened` too, whether
    /// anything was there or not.
    func readCompleted()

    /// `isWritable` was false, and is true again.
    func becameWritable()

    /// Whether a client that sends nothing more is still sent what was written. Asked when its end comes; the stream closes after that.
    /// Behind TLS it is not: there a client ends both directions at once.
    var outlivesInput: Bool { get }

    /// The client sends nothing more. True: the stream stays open for what the driver is yet to write, until the driver closes it or the
    /// connection breaks. False, which is what drivers say that do not implement it: what `outlivesInput` says counts.
    func inputEnded() -> Bool

    /// The stream is over: closed by either side, by the end of the loops, or broken, by this error where one is known.
    func ended(_ error: (any Error)?)
}

extension StreamDriver {
    package func identified(as client: ClientAddress) {}
    package func inputEnded() -> Bool { false }
}

extension ByteStream {
    package func abort() { self.close() }
}
