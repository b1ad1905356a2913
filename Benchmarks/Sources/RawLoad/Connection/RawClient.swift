/// What is told of the connections of a loop. Bytes are valid during the call alone.
package protocol RawClient: AnyObject {
    func upgraded(_ connection: RawConnection)
    func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer)
    func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer)
    /// Everything that one read brought has been handed over.
    func readEnded(_ connection: RawConnection)
    /// The socket is closed already. Not told of connections that the client itself closed.
    func ended(_ connection: RawConnection, _ end: RawConnection.End)
}

extension RawClient {
    package func upgraded(_ connection: RawConnection) {}
    package func answered(_ connection: RawConnection, status: Int, body: UnsafeRawBufferPointer) {}
    package func received(_ connection: RawConnection, _ payload: UnsafeRawBufferPointer) {}
    package func readEnded(_ connection: RawConnection) {}
}
