package import HTTPServer
package import NIOCore
package import NetworkAddresses

/// A client's request for an upgrade as its home is sent it: the head as it came, with fields that nodes alone may set.
package enum PassedRequest {
    /// `head` is one that the server has read, of a request without a body.
    package static func bytes(
        of head: RequestHead, client: ClientAddress, to home: String, _ credentials: NodeCredentials
    ) -> ByteBuffer {
        let bytes = head.bytes.readableBytesUInt8Span
        var fields = HeadFields(bytes)
        var passed = ByteBuffer()
        passed.reserveCapacity(bytes.count + 192)
        passed.write(bytes.extracting(first: fields.position))
        while let field = fields.next(in: bytes) {
            // A client that could set them would be whom it likes.
            if NodeField.isOne(field.name, in: bytes) { continue }
            passed.write(bytes.extracting(field.name.lowerBound..<field.value.upperBound))
            passed.writeStaticString("\r\n")
        }
        let proof = credentials.proof(client: client.text, requestTarget: bytes.extracting(head.target), home: home)
        passed.writeString("NT-Node-Client: \(client.text)\r\nNT-Node-Auth: ")
        passed.writeBytes(proof)
        passed.writeStaticString("\r\n\r\n")
        return passed
    }
}

/// The fields that nodes set, and nobody else.
enum NodeField {
    case client, proof
    /// Of nodes to come, or of somebody who guesses.
    case unknown

    private static let prefix: StaticString = "nt-node-"

    init?(_ name: Range<Int>, in bytes: Span<UInt8>) {
        guard Self.isOne(name, in: bytes) else { return nil }
        if bytes.equalsIgnoringCase("nt-node-client", in: name) {
            self = .client
        } else {
            self = bytes.equalsIgnoringCase("nt-node-auth", in: name) ? .proof : .unknown
        }
    }

    static func isOne(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let length = Self.prefix.utf8CodeUnitCount
        return name.count >= length && bytes.equalsIgnoringCase(Self.prefix, in: name.lowerBound..<name.lowerBound + length)
    }
}

/// The fields of a head that the server has read already, so that reading them again does not fail.
struct HeadFields {
    private var parser = FieldParser()
    /// At first, where the request line ends.
    private(set) var position: Int

    init(_ head: Span<UInt8>) {
        self.position = head.firstIndex(of: Byte.lineFeed, in: 0..<head.count).map { $0 + 1 } ?? head.count
    }

    mutating func next(in head: Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
        guard let step = try? self.parser.next(head, &self.position), step == .field else { return nil }
        return (self.parser.name, self.parser.value)
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { _ = self.writeBytes($0) }
    }
}
