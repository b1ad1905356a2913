import NetworkAddresses
import RESPCore

extension ValueSyntax where Value == StorePlace {
    /// A file is a URL with an empty authority, so that the path begins with its third slash.
    static var store: Self {
        let allowed =
            "must be memory, a file as in sqlite:///var/lib/nt-backend-wrtc/state.db, "
            + "or a Valkey or Redis as in valkey://host:6379, valkeys:// for TLS, or valkey+sentinel://host,host,host/name"
        return Self(
            placeholder: "place",
            allowed: allowed,
            parse: { text in
                if text == "memory" { return .memory }
                if let path = Self.path(text) { return path.hasPrefix("/") && !path.hasSuffix("/") ? .sqlite(path: path) : nil }
                return (try? EngineAddress(text)).map { .engine($0) }
            },
            print: { $0.text },
            explain: { text in
                if text.hasPrefix("sqlite:") {
                    return text.hasPrefix("sqlite:///") ? nil : "\(allowed); a path begins with a slash, which makes three of them"
                }
                guard text.contains("://") else { return nil }
                do throws(EngineAddressFault) {
                    _ = try EngineAddress(text)
                    return nil
                } catch {
                    return error.description
                }
            },
            hide: { text in
                // A password may be in there.
                guard let at = text.lastIndex(of: "@") else { return text }
                let scheme = text.firstRange(of: "://").map { String(text[..<$0.upperBound]) } ?? ""
                return scheme + "***" + text[at...]
            })
    }

    private static func path(_ text: String) -> String? {
        guard text.hasPrefix(StorePlace.scheme), !text.utf8.contains(0) else { return nil }
        return String(text.dropFirst(StorePlace.scheme.count))
    }
}

extension ValueSyntax where Value == NodeAddress? {
    static var nodeAddress: Self {
        Self(
            placeholder: "url",
            allowed: "must be where the other nodes reach this one, as in http://10.0.0.5:1234, or https:// for TLS between nodes",
            parse: { text in text.isEmpty ? .some(nil) : NodeAddress(text).map { .some($0) } },
            print: { $0?.text ?? "" })
    }
}
