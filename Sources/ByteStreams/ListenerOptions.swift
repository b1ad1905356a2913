/// How a listening socket is set up, whichever kind of stream its connections become. They inherit its options, so that none of them costs
/// a system call.
package enum ListenerOptions {
    /// Connections that may wait to be accepted; the system's own bound (somaxconn) may be lower.
    package static let backlog: CInt = 4096

    /// TCP_NOTSENT_LOWAT: how much the kernel takes of what a client has not been sent yet. Without a bound that is megabytes a connection
    /// once its window was open wide. They would be memory that nobody counts, and would hide a slow reader's progress: Linux says that a
    /// socket takes more only when a third of its buffer is free, so a client that reads steadily could look as if it took nothing for two
    /// heartbeats. Connections that are opened from here have the same.
    package static let mostUnsent: CInt = 128 * 1024

    /// SO_RCVBUF of connections that are opened from here, in bytes; Linux makes it twice as much. What a home sends to a client that reads
    /// nothing would else fill megabytes of the kernel here before the home learns of it.
    package static let mostUnread: CInt = 128 * 1024
}
