package import ByteStreams
package import RESPCore
package import TimeKeeping

/// Connects to engines: what resolving, connecting and TLS are to a client that knows none of them.
package protocol EngineDialer: AnyObject {
    /// The driver hears `opened` once the connection is there, or `ended` with an error that says why it is not, soon after the limit at the
    /// latest. Neither comes from within this call, and both on the loop that it is called on.
    func dial(_ endpoint: EngineEndpoint, within limit: TimeSpan, driver: any StreamDriver)
}
