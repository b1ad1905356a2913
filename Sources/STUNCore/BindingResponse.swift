package import NetworkAddresses

extension BindingRequest {
    /// The longest response: an error that lists as many attributes as it may.
    package static let longestResponse = STUNHeader.length + 8 + 4 + 2 * BindingRequest.mostUnknown + Fingerprint.length

    /// Writes the response in place of what the buffer holds: the address that the request came from; or, where the request wants more than
    /// is known here, error 420 with what that is.
    ///
    /// Whoever forges the address of a request directs the response at it, so it must not be worth the while: a response has at most twice
    /// the bytes of its request. FINGERPRINT, which no client may count on, is left out where it does not fit: at IPv6 addresses, of
    /// requests without attributes. Their response has 44 bytes then, the fewest that an IPv6 address takes, on 20; with the heads of IP
    /// and UDP, 92 on 68.
    package func writeResponse(to source: ClientAddress, port: UInt16, into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(bigEndian: self.unknown.isEmpty ? STUNType.bindingSuccess : STUNType.bindingError)
        bytes.append(bigEndian: UInt16(0))
        bytes.append(bigEndian: STUNHeader.cookie)
        bytes.append(bigEndian: self.transaction.high)
        bytes.append(bigEndian: self.transaction.low)
        if self.unknown.isEmpty { self.write(source, port, into: &bytes) } else { self.writeError(into: &bytes) }
        if bytes.count + Fingerprint.length <= 2 * self.length {
            Self.setLength(of: &bytes, further: Fingerprint.length)
            let value = Fingerprint.value(of: bytes.span.bytes)
            Self.write(STUNAttribute.fingerprint, length: 4, into: &bytes)
            bytes.append(bigEndian: value)
        } else {
            Self.setLength(of: &bytes, further: 0)
        }
    }

    /// XOR-MAPPED-ADDRESS: so written that a NAT which replaces addresses wherever it finds them does not find it.
    private func write(_ source: ClientAddress, _ port: UInt16, into bytes: inout [UInt8]) {
        let port = port ^ UInt16(truncatingIfNeeded: STUNHeader.cookie >> 16)
        switch source.unmapped {
        case .v4(let address):
            Self.write(STUNAttribute.xorMappedAddress, length: 8, into: &bytes)
            bytes.append(bigEndian: UInt16(0x0001))
            bytes.append(bigEndian: port)
            bytes.append(bigEndian: address ^ STUNHeader.cookie)
        case .v6(let high, let low):
            Self.write(STUNAttribute.xorMappedAddress, length: 20, into: &bytes)
            bytes.append(bigEndian: UInt16(0x0002))
            bytes.append(bigEndian: port)
            bytes.append(bigEndian: high ^ (UInt64(STUNHeader.cookie) << 32 | UInt64(self.transaction.high)))
            bytes.append(bigEndian: low ^ self.transaction.low)
        // A datagram comes from an address.
        case .subject: break
        }
    }

    /// ERROR-CODE 420, without words, which would make it longer than it may be, and UNKNOWN-ATTRIBUTES.
    private func writeError(into bytes: inout [UInt8]) {
        Self.write(STUNAttribute.errorCode, length: 4, into: &bytes)
        bytes.append(bigEndian: UInt32(4 << 8 | 20))
        Self.write(STUNAttribute.unknownAttributes, length: UInt16(2 * self.unknown.count), into: &bytes)
        for type in self.unknown { bytes.append(bigEndian: type) }
        if self.unknown.count & 1 == 1 { bytes.append(bigEndian: UInt16(0)) }
    }

    private static func write(_ type: UInt16, length: UInt16, into bytes: inout [UInt8]) {
        bytes.append(bigEndian: type)
        bytes.append(bigEndian: length)
    }

    /// No response is longer than two bytes can say.
    private static func setLength(of bytes: inout [UInt8], further: Int) {
        let length = bytes.count - STUNHeader.length + further
        bytes[2] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: length)
    }
}
