extension ValueSyntax where Value == [AccessMethod] {
    /// `off`, or some of the methods, each once. They are asked in the order of `AccessMethod`.
    static var accessMethods: Self {
        let names = AccessMethod.allCases.map(\.rawValue)
        return Self(
            placeholder: "off|" + names.joined(separator: "|"),
            allowed: "must be off, or any of " + names.joined(separator: ", ") + ", separated by commas",
            range: "`off`, or any of " + names.map { "`\($0)`" }.joined(separator: ", "),
            parse: { text in
                let words = text.lowercased().split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
                if words == ["off"] { return [] }
                let methods = words.compactMap { AccessMethod(rawValue: String($0)) }
                guard methods.count == words.count, Set(methods).count == methods.count else { return nil }
                return AccessMethod.allCases.filter(methods.contains)
            },
            print: { $0.isEmpty ? "off" : $0.map(\.rawValue).joined(separator: ",") })
    }
}

extension ValueSyntax where Value == String? {
    /// Any text, without control characters.
    static func text(atMost limit: Int) -> Self {
        Self(
            placeholder: "text",
            allowed: "must be a text of at most \(limit) bytes without control characters",
            parse: { text in
                if text.isEmpty { return .some(nil) }
                return text.utf8.count <= limit && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
                    ? .some(text) : nil
            },
            print: { $0 ?? "" })
    }
}
