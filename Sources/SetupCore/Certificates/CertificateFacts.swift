/// Who a certificate is for, who has signed it, and when it is good.
package struct CertificateFacts: Sendable, Equatable {
    package let subject: DistinguishedName
    package let issuer: DistinguishedName
    /// Host names and addresses that it is for.
    package let names: [String]
    /// Seconds since 1970.
    let notBefore: Int64
    package let notAfter: Int64

    /// Nil if it is none.
    package init?(der: [UInt8], notBefore: Int64, notAfter: Int64) {
        var file = DERReader(der[...])
        guard var outer = file.next(DERTag.sequence)?.reader, var body = outer.next(DERTag.sequence)?.reader else { return nil }
        _ = body.next(DERTag.version)
        guard body.next(DERTag.integer) != nil, body.next(DERTag.sequence) != nil, let issuer = body.next(DERTag.sequence),
            body.next(DERTag.sequence) != nil, let subject = body.next(DERTag.sequence)
        else { return nil }
        self.issuer = DistinguishedName(issuer)
        self.subject = DistinguishedName(subject)
        self.notBefore = notBefore
        self.notAfter = notAfter
        var names: [String] = []
        while let value = body.next() {
            if value.tag == DERTag.extensions { names = Self.names(in: value) }
        }
        self.names = names
    }

    init(subject: DistinguishedName, issuer: DistinguishedName, names: [String] = [], notBefore: Int64, notAfter: Int64) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    package var isSelfSigned: Bool { self.subject == self.issuer }

    /// As a person knows it.
    var title: String { self.names.first ?? self.subject.text }

    /// Those of the extension subjectAltName, 2.5.29.17.
    private static func names(in extensions: DERReader.Value) -> [String] {
        var outer = extensions.reader
        guard var list = outer.next(DERTag.sequence)?.reader else { return [] }
        while let entry = list.next() {
            var fields = entry.reader
            guard fields.next(DERTag.objectIdentifier)?.contents.elementsEqual([0x55, 0x1d, 0x11]) == true else { continue }
            _ = fields.next(DERTag.boolean)
            guard var value = fields.next(DERTag.octetString)?.reader, var names = value.next(DERTag.sequence)?.reader else { return [] }
            var found: [String] = []
            while let name = names.next() {
                switch name.tag {
                case DERTag.dnsName: found.append(String(decoding: name.contents, as: UTF8.self))
                case DERTag.ipAddress: if let text = Self.address(Array(name.contents)) { found.append(text) }
                default: break
                }
            }
            return found
        }
        return []
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        switch bytes.count {
        case 4: bytes.map { String($0) }.joined(separator: ".")
        case 16:
            stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        default: nil
        }
    }
}

/// A name as certificates have it: the same one if it has the same bytes.
package struct DistinguishedName: Sendable, Hashable {
    package let bytes: [UInt8]

    init(_ value: DERReader.Value) { self.bytes = Array(value.whole) }

    /// Its common name, else its organization.
    package var text: String {
        let parts = self.parts
        let named = parts.last { $0.type == [0x55, 0x04, 0x03] } ?? parts.last { $0.type == [0x55, 0x04, 0x0a] }
        return named?.text ?? "somebody without a name"
    }

    private var parts: [(type: [UInt8], text: String)] {
        var outer = DERReader(self.bytes[...])
        guard var sets = outer.next(DERTag.sequence)?.reader else { return [] }
        var parts: [(type: [UInt8], text: String)] = []
        while var pairs = sets.next(DERTag.set)?.reader {
            while var pair = pairs.next(DERTag.sequence)?.reader {
                guard let type = pair.next(DERTag.objectIdentifier), let value = pair.next() else { continue }
                parts.append((Array(type.contents), String(decoding: value.contents, as: UTF8.self)))
            }
        }
        return parts
    }
}
