/// Where two sides meet: a server, and a code unless a new one is to be minted.
package struct PairPlace: Equatable, Sendable {
    package static let defaultServer = "http://127.0.0.1:1234"

    /// Without a slash at the end.
    package let server: String
    /// Digits alone.
    package let code: String?

    /// `code` is what a person passes on: digits in any grouping, or the link of another `pair` or of the page, which names the server too.
    package init(code: String?, server: String?) throws(PairUsageError) {
        guard let text = code?.trimmed, !text.isEmpty else {
            if code != nil { throw .codeMalformed }
            self.code = nil
            self.server = try Self.address(server ?? Self.defaultServer)
            return
        }
        guard let hash = text.firstIndex(of: "#") else {
            self.code = try Self.digits(text)
            self.server = try Self.address(server ?? Self.defaultServer)
            return
        }
        self.code = try Self.digits(String(text[text.index(after: hash)...]))
        let linked = String(text[..<hash])
        self.server = try Self.address(server ?? (linked.isEmpty ? Self.defaultServer : linked))
    }

    package func link(to code: String) -> String { "\(self.server)/#\(code)" }

    private static func digits(_ text: String) throws(PairUsageError) -> String {
        var digits = ""
        for letter in text {
            switch letter {
            case "0"..."9": digits.append(letter)
            case " ", "-", "\u{2013}": continue
            // Words, or a link's secret. They are not repeated in the message: it may end in a log.
            default: throw digits.count >= 4 ? .codeHasSecret : .codeMalformed
            }
        }
        guard (4...8).contains(digits.utf8.count) else { throw .codeMalformed }
        return digits
    }

    /// A name without a scheme means TLS, unless it is this machine.
    private static func address(_ text: String) throws(PairUsageError) -> String {
        var address = text.trimmed
        let scheme = address.lowercased()
        if !scheme.contains("://") {
            let isLocal = ["localhost", "127.", "[::1]"].contains { scheme.hasPrefix($0) }
            address = (isLocal ? "http://" : "https://") + address
        } else if !scheme.hasPrefix("http://") && !scheme.hasPrefix("https://") {
            throw .serverMalformed(text)
        }
        while address.hasSuffix("/") { address.removeLast() }
        let rest = address.drop { $0 != "/" }.dropFirst(2)
        guard let first = rest.first, first != "/", first != ":", !rest.contains(where: { $0.isWhitespace || "?#@".contains($0) }) else {
            throw .serverMalformed(text)
        }
        return address
    }
}

/// What is wrong with the arguments.
package enum PairUsageError: Error, Equatable, CustomStringConvertible {
    case codeMalformed
    case codeHasSecret
    case serverMalformed(String)

    package var description: String {
        switch self {
        case .codeMalformed: "a code has 4 to 8 digits, such as 2802; or pass the link that ends with it"
        case .codeHasSecret:
            "this code has words or a secret behind its digits: the other side wants a WebRTC connection that they verify, and this command "
                + "talks through the server's mailboxes, which they do not cover. Ask for a code of digits alone"
        case .serverMalformed(let text):
            "--server \(Printable.line(text)): must be the server's address, such as \(PairPlace.defaultServer)"
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = self.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
