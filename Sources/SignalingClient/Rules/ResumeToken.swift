/// What a session has to remember so that another one goes on where it was, also in another process: nothing that was sent is lost or
/// stored twice, and no item that was acknowledged comes again.
///
/// One that is older than the session's last state is good, too: items that were acknowledged since are known to the server. With the same
/// token two sessions at a time take each other's place.
public struct ResumeToken: Sendable, Hashable, Codable {
    /// The session's name.
    public internal(set) var sid: String
    /// The server's name for the mailbox, empty before the first connection.
    public internal(set) var mailbox: String
    /// Up to this number the program is done with the mailbox's items.
    public internal(set) var deliveredUpTo: UInt64
    /// The number of the newest item sent.
    public internal(set) var lastRef: UInt64
    /// Items of which the server has not said that they are stored.
    public internal(set) var unaccepted: [Unaccepted]

    public struct Unaccepted: Sendable, Hashable, Codable {
        public internal(set) var ref: UInt64
        public internal(set) var to: Side
        /// JSON.
        public internal(set) var payload: String
    }

    /// What a file holds may have been written by anybody.
    package func check() throws(ClientError) {
        let refs = self.unaccepted.map(\.ref)
        let isRight =
            !self.sid.isEmpty && self.sid.utf8.count <= 256
            && self.mailbox.utf8.count <= 64 && self.mailbox.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            && self.lastRef <= Outbox.largestRef && refs.count <= Outbox.limit.count
            && zip(refs, refs.dropFirst()).allSatisfy { $0 < $1 }
            && self.unaccepted.reduce(0, { $0 + $1.payload.utf8.count }) <= Outbox.limit.bytes
            && (refs.first ?? 1) > 0 && (refs.last ?? 0) <= self.lastRef
            && self.unaccepted.allSatisfy { JSONScanner.isPayload(Array($0.payload.utf8)) }
        guard isRight else { throw ClientError(.invalidArgument, "the token to resume from is none that a session has made") }
    }
}
