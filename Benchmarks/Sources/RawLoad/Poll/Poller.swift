/// Something that happened to a descriptor; `tag` is what it was added with.
package struct PollEvent: Equatable, Sendable {
    package var tag: UInt64
    /// Also where the connection has ended: reading says how.
    package var isReadable: Bool
    package var isWritable: Bool

    package init(tag: UInt64, isReadable: Bool, isWritable: Bool) {
        self.tag = tag
        self.isReadable = isReadable
        self.isWritable = isWritable
    }
}

/// Tells which descriptors can be read or written.
package protocol Poller: AnyObject {
    /// Watches for reading.
    func add(_ descriptor: Int32, tag: UInt64) throws(RawFailure)
    func watchWriting(_ descriptor: Int32, tag: UInt64, _ isWanted: Bool)
    /// To be called before the descriptor is closed.
    func remove(_ descriptor: Int32)
    /// Waits for events, at most this long, and puts them in place of what is in the array.
    func wait(milliseconds: Int32, into events: inout [PollEvent])
}
