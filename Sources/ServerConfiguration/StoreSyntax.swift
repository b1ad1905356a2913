extension ValueSyntax where Value == StorePlace {
    /// A URL with an empty authority, so that the path begins with its third slash.
    static var store: Self {
        let allowed = "must be memory, or sqlite:// and the path of a file, as in sqlite:///var/lib/nt-backend-wrtc/state.db"
        return Self(
            placeholder: "place",
            allowed: allowed,
            parse: { text in
                if text == "memory" { return .memory }
                guard text.hasPrefix(StorePlace.scheme) else { return nil }
                let path = String(text.dropFirst(StorePlace.scheme.count))
                guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else { return nil }
                return .sqlite(path: path)
            },
            print: { $0.text },
            explain: { text in
                guard text.hasPrefix("sqlite:"), !text.hasPrefix("sqlite:///") else { return nil }
                return "\(allowed); a path begins with a slash, which makes three of them"
            })
    }
}
