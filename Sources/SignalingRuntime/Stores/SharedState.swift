/// What makes a server one of several that have their rooms and codes together.
package struct SharedState: Sendable {
    package let journal: any RoomJournal
    package let makeCodes: @Sendable (ClientLimits) -> any CodePlace

    package init(journal: any RoomJournal, makeCodes: @escaping @Sendable (ClientLimits) -> any CodePlace) {
        self.journal = journal
        self.makeCodes = makeCodes
    }
}
