import SignalingCore

/// What the writer writes to: the file, or in tests what stands in for it. Used by one thread at a time.
protocol StoreFile: AnyObject {
    /// Writes all of it or nothing.
    func commit(_ changes: [StoredChange]) throws(DatabaseFault)

    /// Writes these changes, as `commit` does, to a file that could not be written before, and finds out whether it can be now.
    func recover(writing changes: [StoredChange]) throws(DatabaseFault)

    /// To be called behind each commit, whatever comes of it: keeps the log of changes from growing.
    func trimLog() throws(DatabaseFault)

    /// Makes a further step of what has to be done now and then: a few milliseconds' work. False if it was the last one of a round.
    func tidy(_ now: UnixMilliseconds) throws(DatabaseFault) -> Bool

    /// Gives back what space it can. To be called when there is nothing to write.
    func compact() throws(DatabaseFault)

    /// Whether something in it will end by itself, so that further rounds are worth their while.
    var hasMortals: Bool { get }

    /// What it takes on the disk.
    var bytes: Int { get }
}
