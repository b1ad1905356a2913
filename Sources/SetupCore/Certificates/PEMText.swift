/// What a file of PEM says that it holds.
package struct PEMText: Sendable, Equatable {
    /// Of its blocks, in order: `CERTIFICATE`, `EC PRIVATE KEY`.
    let labels: [String]
    /// Whether a key of it needs a passphrase.
    let isEncrypted: Bool

    package init(_ bytes: [UInt8]) {
        var labels: [String] = []
        var isEncrypted = false
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("Proc-Type:"), text.contains("ENCRYPTED") { isEncrypted = true }
            guard text.hasPrefix("-----BEGIN "), let end = text.dropFirst(11).firstRange(of: "-----") else { continue }
            let label = String(text.dropFirst(11)[..<end.lowerBound])
            if label == "ENCRYPTED PRIVATE KEY" { isEncrypted = true }
            labels.append(label)
        }
        self.labels = labels
        self.isEncrypted = isEncrypted
    }

    var hasCertificate: Bool { self.labels.contains { $0 == "CERTIFICATE" || $0 == "X509 CERTIFICATE" || $0 == "TRUSTED CERTIFICATE" } }
    var hasKey: Bool { self.labels.contains { $0.hasSuffix("PRIVATE KEY") } }
}

/// A file that a setting names, and what was found there.
package struct PEMFile: Sendable, Equatable {
    package enum Contents: Sendable, Equatable {
        /// The end of a sentence about the file.
        case unreadable(String, isMissing: Bool)
        case text(PEMText)
    }

    package let variable: String
    package let path: String
    package let contents: Contents

    package init(variable: String, path: String, contents: Contents) {
        self.variable = variable
        self.path = path
        self.contents = contents
    }

    var given: String { "\(self.variable)=\(self.path)" }

    var text: PEMText? { if case .text(let text) = self.contents { text } else { nil } }
}
