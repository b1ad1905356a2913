extension RawLoop {
    /// Hands over what is whole and answers how many bytes that was.
    func take(_ bytes: UnsafeRawBufferPointer, _ connection: RawConnection) -> Int {
        guard let client = self.client else { return bytes.count }
        var used = 0
        while used < bytes.count, connection.isOpen {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            let count =
                switch connection.mode {
                case .webSocket: self.takeFrame(rest, connection, client)
                case .http, .upgrading: self.takeReply(rest, connection, client)
                }
            if count == 0 { break }
            used += count
        }
        return used
    }

    private func takeFrame(_ bytes: UnsafeRawBufferPointer, _ connection: RawConnection, _ client: any RawClient) -> Int {
        switch FrameScanner.scan(bytes) {
        case .needMore: return 0
        case .violation(let what):
            self.end(connection, .malformed(what))
            return bytes.count
        case .frame(let opcode, let header, let length):
            let payload = UnsafeRawBufferPointer(rebasing: bytes[header..<(header + length)])
            switch opcode {
            case FrameScanner.ping: self.send(ClientFrame.bytes(opcode: FrameScanner.pong, payload), on: connection)
            case FrameScanner.pong: break
            case FrameScanner.close:
                self.end(connection, .closed(length < 2 ? nil : UInt16(payload[0]) << 8 | UInt16(payload[1])))
            default: client.received(connection, payload)
            }
            return header + length
        }
    }

    private func takeReply(_ bytes: UnsafeRawBufferPointer, _ connection: RawConnection, _ client: any RawClient) -> Int {
        switch HTTPReply.scan(bytes) {
        case .needMore: return 0
        case .malformed(let what):
            self.end(connection, .malformed(what))
            return bytes.count
        case .reply(let status, let head, let body):
            if connection.mode == .http {
                client.answered(connection, status: status, body: UnsafeRawBufferPointer(rebasing: bytes[head..<(head + body)]))
            } else if status == 101 {
                connection.mode = .webSocket
                client.upgraded(connection)
            } else {
                self.end(connection, .refused(status: status))
            }
            return head + body
        }
    }
}
