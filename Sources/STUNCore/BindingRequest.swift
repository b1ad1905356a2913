/// A Binding request of RFC 8489: a client asks what its address is, as seen from here.
///
/// Nothing else is answered. What is no request by every rule is as good as not received: it may be a response, to which there is no
/// response, so that two servers never talk to each other for ever.
package struct BindingRequest: Equatable, Sendable {
    package let transaction: STUNTransaction
    /// Bytes of the datagram.
    package let length: Int
    /// Types of attributes that have to be understood and are not, each once; of many, the first.
    package let unknown: [UInt16]

    package static let mostUnknown = 16

    /// Nil where the datagram is anything but one whole request.
    package init?(_ datagram: RawSpan) {
        guard datagram.byteCount >= STUNHeader.length, datagram.byteCount & 3 == 0,
            datagram.bigEndian(UInt16.self, at: 0) == STUNType.bindingRequest,
            Int(datagram.bigEndian(UInt16.self, at: 2)) == datagram.byteCount - STUNHeader.length,
            datagram.bigEndian(UInt32.self, at: 4) == STUNHeader.cookie,
            let unknown = try? Self.unknown(in: datagram)
        else { return nil }
        self.transaction = STUNTransaction(
            high: datagram.bigEndian(UInt32.self, at: 8), low: datagram.bigEndian(UInt64.self, at: 12))
        self.length = datagram.byteCount
        self.unknown = unknown
    }

    private static func unknown(in datagram: RawSpan) throws(STUNMalformed) -> [UInt16] {
        var unknown: [UInt16] = []
        var isBehindIntegrity = false
        var attributes = STUNAttributes()
        while let attribute = try attributes.next(in: datagram) {
            switch attribute.type {
            case STUNAttribute.fingerprint:
                guard attribute.value.count == 4, attribute.value.upperBound == datagram.byteCount,
                    datagram.bigEndian(UInt32.self, at: attribute.value.lowerBound)
                        == Fingerprint.value(of: datagram.extracting(first: attribute.start))
                else { throw STUNMalformed() }
            case STUNAttribute.messageIntegrity, STUNAttribute.messageIntegritySHA256:
                // Who asks for an address here needs no credentials, and those of other servers mean nothing: neither looked at nor
                // answered in kind, as RFC 8489 has it for a server of this usage. What follows them nobody vouches for, and it is ignored.
                isBehindIntegrity = true
            case let type where attribute.mustBeUnderstood && !isBehindIntegrity && !STUNAttribute.known.contains(type):
                if unknown.count < Self.mostUnknown, !unknown.contains(type) { unknown.append(type) }
            default: break
            }
        }
        return unknown
    }
}
