package import HTTPServer
package import NIOCore
package import NetworkAddresses

/// A client's request for an upgrade as its home is sent it: the head as it came, with fields that nodes alone may set. Of whom it comes these
/// say; what a proxy said of that is left out, or the home would take the node for a proxy.
package enum PassedRequest {
    /// `head` is one that the server has read, of a request without a body.
    package static func bytes(
        of head: RequestHead, client: ClientAddress, by sender: String, to home: String, _ credentials: NodeCredentials
    ) -> ByteBuffer {
        let bytes = head.bytes.readableBytesUInt8Span
        var fields = HeadFields(bytes)
        var passed = ByteBuffer()
        passed.reserveCapacity(bytes.count + 192)
        passed.write(bytes.extracting(first: fields.position))
        while let field = fields.next(in: bytes) {
            // A client that could set them would be whom it likes.
            if NodeField.isOne(field.name, in: bytes) || bytes.equalsIgnoringCase("x-forwarded-for", in: field.name) { continue }
            passed.write(bytes.extracting(field.name.lowerBound..<field.value.upperBound))
            passed.writeStaticString("\r\n")
        }
        let proof = credentials.proof(client: client.text, sender: sender, requestTarget: bytes.extracting(head.target), home: home)
        Self.finish(&passed, client: client, by: sender, proof)
        return passed
    }

    /// A request without an upgrade, to learn whether a node is there.
    static func question(by sender: String, to home: HomeNode, _ credentials: NodeCredentials) -> ByteBuffer {
        let target = ByteBuffer(string: "/ws")
        let proof = credentials.proof(
            client: Self.nobody.text, sender: sender, requestTarget: target.readableBytesUInt8Span, home: home.name)
        var question = ByteBuffer(string: "GET /ws HTTP/1.1\r\nHost: \(home.host)\r\n")
        Self.finish(&question, client: Self.nobody, by: sender, proof)
        return question
    }

    private static let nobody = ClientAddress.v4(0)

    private static func finish(_ request: inout ByteBuffer, client: ClientAddress, by sender: String, _ proof: [UInt8]) {
        request.writeString("NT-Node-Client: \(client.text)\r\nNT-Node-From: \(sender)\r\nNT-Node-Auth: ")
        request.writeBytes(proof)
        request.writeStaticString("\r\n\r\n")
    }
}

/// The fields that nodes set, and nobody else.
enum NodeField {
    case client, sender, proof
    /// Of nodes to come, or of somebody who guesses.
    case unknown

    private static let prefix: StaticString = "nt-node-"

    init?(_ name: Range<Int>, in bytes: Span<UInt8>) {
        guard Self.isOne(name, in: bytes) else { return nil }
        if bytes.equalsIgnoringCase("nt-node-client", in: name) {
            self = .client
        } else if bytes.equalsIgnoringCase("nt-node-from", in: name) {
            self = .sender
        } else {
            self = bytes.equalsIgnoringCase("nt-node-auth", in: name) ? .proof : .unknown
        }
    }

    static func isOne(_ name: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let length = Self.prefix.utf8CodeUnitCount
        return name.count >= length && bytes.equalsIgnoringCase(Self.prefix, in: name.lowerBound..<name.lowerBound + length)
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { _ = self.writeBytes($0) }
    }
}
