import Testing

@testable import SetupCore

/// A value of DER.
func der(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    let count = contents.count
    let length: [UInt8] = count < 0x80 ? [UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
    return [tag] + length + contents
}

/// A name with a common name alone.
func name(_ text: String) -> [UInt8] { der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x03]) + der(0x0c, Array(text.utf8))))) }

/// As much of a certificate as is read.
func certificate(for subject: [UInt8], by issuer: [UInt8], names: [[UInt8]] = [], isCritical: Bool = false) -> [UInt8] {
    let critical = isCritical ? der(0x01, [0xff]) : []
    let list = der(0x30, names.flatMap { $0 })
    let other = der(0x30, der(0x06, [0x55, 0x1d, 0x0f]) + der(0x04, [0x03, 0x02, 0x05, 0xa0]))
    let extensions = der(0xa3, der(0x30, other + der(0x30, der(0x06, [0x55, 0x1d, 0x11]) + critical + der(0x04, list))))
    let head = der(0xa0, der(0x02, [2])) + der(0x02, [1]) + der(0x30, [])
    let body = head + issuer + der(0x30, []) + subject + der(0x30, []) + (names.isEmpty ? [] : extensions)
    return der(0x30, der(0x30, body) + der(0x30, []) + der(0x03, [0]))
}

let day: Int64 = 86_400
let now: Int64 = 20_000 * day

/// Valid from yesterday, and for so many days more.
func facts(
    _ subject: String, by issuer: String, names: [String] = [], days: Int64 = 90, from start: Int64 = now - day
) throws -> CertificateFacts {
    let bytes = certificate(for: name(subject), by: name(issuer), names: names.map { der(0x82, Array($0.utf8)) })
    return try #require(CertificateFacts(der: bytes, notBefore: start, notAfter: now + days * day))
}

func pem(_ variable: String, _ labels: String..., encrypted: Bool = false) -> PEMFile {
    let head = encrypted ? "\nProc-Type: 4,ENCRYPTED" : ""
    let text = labels.map { "-----BEGIN \($0)-----\(head)\nAAAA\n-----END \($0)-----\n" }.joined()
    return PEMFile(variable: variable, path: "/\(variable)", contents: .text(PEMText(Array(text.utf8))))
}
