/// Where another server is asked something: http or https.
package struct ServiceURL: Sendable, Equatable {
    package let text: String
    package var isEncrypted: Bool { self.text.hasPrefix("https://") }
    /// Of what its authority names; an IPv6 address without its brackets.
    package let host: String
    package let port: Int

    /// Nil for anything else, and for what names a user: programs print URLs.
    package init?(_ text: String) {
        let lower = text.lowercased()
        // One that two programs cannot read differently.
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = splitPort(String(authority)), port != 0, isHost(host) else { return nil }
        self.text = scheme + rest
        self.port = port ?? (scheme == "https://" ? 443 : 80)
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    }

    /// Without its query, which may hold a secret.
    package var shown: String { Self.hidingSecrets(of: self.text) }

    /// Also of what is no such URL: behind these may be a key, or a password before an @.
    static func hidingSecrets(of text: String) -> String {
        guard !text.contains("@") else { return "<hidden>" }
        guard let mark = text.firstIndex(where: { $0 == "?" || $0 == "#" }) else { return text }
        return text[...mark] + "***"
    }
}

/// A file, or where something like it is fetched from.
package enum FileOrURL: Sendable, Equatable {
    case file(String)
    case url(ServiceURL)
}

extension ValueSyntax where Value == ServiceURL? {
    static var url: Self {
        Self(
            placeholder: "service",
            allowed: "must be an http:// or https:// URL without user, password and fragment",
            parse: { text in text.isEmpty ? .some(nil) : ServiceURL(text).map { .some($0) } },
            print: { $0?.shown ?? "" },
            hide: ServiceURL.hidingSecrets)
    }
}

extension ValueSyntax where Value == FileOrURL? {
    static var fileOrURL: Self {
        Self(
            placeholder: "file|url",
            allowed: "must be the path of a file, or an http:// or https:// URL",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                if text.contains("://") { return ServiceURL(text).map { .some(.url($0)) } }
                return text.utf8.contains(0) ? nil : .some(.file(text))
            },
            print: { value in
                switch value {
                case nil: ""
                case .file(let path): path
                case .url(let url): url.shown
                }
            },
            hide: ServiceURL.hidingSecrets)
    }
}
