import ByteScan
import Crypto
package import HTTPServer
import NIOCore
package import NetworkAddresses

/// Shows a home that a request was passed to it by a node, by which, and for which client: HMAC-SHA256 (RFC 2104) over these, the request's
/// target and the home's name, under a key that the nodes share.
///
/// It holds for ever, and may be shown again. Whoever can do so has read what nodes send each other. In there are the request's target, with
/// the token that opens the side, and all that the two sides say: showing it again opens nothing that the target does not open by itself,
/// at any node. What is gained is to be counted as the client whose request it was. The time of day would bound that, but clocks of nodes
/// may be an hour apart; numbers that are used once would have to be remembered for ever. Who does not trust the network between the nodes
/// has them speak TLS, which this needs anyway to keep what is passed from being read.
package struct NodeCredentials: Sendable {
    package enum Verdict: Equatable, Sendable {
        /// No node claims to have sent it.
        case absent
        case forged
        /// A node sent it, of this name, for this client.
        case passed(ClientAddress, by: String)
    }

    private let start: HMAC<SHA256>

    package init(key: [UInt8]) { self.start = HMAC(key: SymmetricKey(data: key)) }

    /// Whether a request has any field that nodes alone may set.
    package static func areClaimed(by head: RequestHead) -> Bool {
        let bytes = head.bytes.readableBytesUInt8Span
        var fields = HeadFields(bytes)
        while let field = fields.next(in: bytes) { if NodeField.isOne(field.name, in: bytes) { return true } }
        return false
    }

    /// What a request's fields show to the home of this name. The comparison takes a time that does not depend on where they differ.
    package func verdict(on head: RequestHead, home: String) -> Verdict {
        let bytes = head.bytes.readableBytesUInt8Span
        var (client, sender, proof): ([Range<Int>], [Range<Int>], [Range<Int>]) = ([], [], [])
        var fields = HeadFields(bytes)
        while let field = fields.next(in: bytes) {
            switch NodeField(field.name, in: bytes) {
            case nil: break
            case .client: client.append(bytes.trimmed(field.value))
            case .sender: sender.append(bytes.trimmed(field.value))
            case .proof: proof.append(bytes.trimmed(field.value))
            case .unknown: return .forged
            }
        }
        if client.isEmpty, sender.isEmpty, proof.isEmpty { return .absent }
        guard client.count == 1, sender.count == 1, proof.count == 1 else { return .forged }
        let (text, name) = (head.text(client[0]), head.text(sender[0]))
        let expected = self.proof(client: text, sender: name, requestTarget: bytes.extracting(head.target), home: home)
        guard proof[0].count == expected.count else { return .forged }
        var difference: UInt8 = 0
        for (at, byte) in zip(proof[0], expected) { difference |= bytes[at] ^ byte }
        guard difference == 0, let address = ClientAddress(text) else { return .forged }
        return .passed(address, by: name)
    }

    /// 43 characters of Base64 for URLs.
    func proof(client: String, sender: String, requestTarget: Span<UInt8>, home: String) -> [UInt8] {
        var hash = self.start
        // Neither an address nor a field nor a target holds a line feed, and the name comes last: no two inputs are hashed as the same text.
        var text = Array("nt-node-1\n\(client)\n\(sender)\n".utf8)
        for at in requestTarget.indices { text.append(requestTarget[at]) }
        text.append(contentsOf: "\n\(home)".utf8)
        hash.update(data: text)
        return Base64URL.encode(hash.finalize())
    }
}
