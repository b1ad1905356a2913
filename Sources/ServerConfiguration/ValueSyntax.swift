/// How one kind of value is read, printed and explained: in one place, so that a check and its message always agree.
struct ValueSyntax<Value: Sendable>: Sendable {
    /// The placeholder for the value in `--help`.
    let placeholder: String
    /// Ends the sentence "NAME=value (origin): …".
    let allowed: String
    /// The same in a few words of Markdown, for a table; empty if a setting's meaning says it.
    var range = ""
    let parse: @Sendable (String) -> Value?
    let print: @Sendable (Value) -> String
    /// A more helpful text than `allowed`, for mistakes that need an explanation.
    var explain: @Sendable (String) -> String? = { _ in nil }
    /// The text with what must not be shown of it taken out, also where it could not be read.
    var hide: @Sendable (String) -> String = { $0 }
    /// Whether an empty value has a meaning (an empty list, "off"), rather than "not set".
    var emptyIsValue = false
}

extension ValueSyntax where Value == Int {
    static func wholeNumber(_ range: ClosedRange<Int>) -> Self {
        .wholeNumber(range, placeholder: "n", range: "\(range.lowerBound) to \(range.upperBound)")
    }

    static func bytes(_ range: ClosedRange<Int>) -> Self {
        .wholeNumber(range, placeholder: "bytes", range: "\(binarySize(range.lowerBound)) to \(binarySize(range.upperBound))")
    }

    private static func wholeNumber(_ range: ClosedRange<Int>, placeholder: String, range shown: String) -> Self {
        Self(
            placeholder: placeholder,
            allowed: "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
            range: shown,
            parse: { text in unsigned(text).flatMap { range.contains($0) ? $0 : nil } },
            print: { String($0) })
    }
}

extension ValueSyntax where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let shown = "\(GoDuration.text(range.lowerBound)) to \(GoDuration.text(range.upperBound))"
        return Self(
            placeholder: "duration",
            allowed: "must be a duration such as 10s, 1h30m or 500ms, from \(shown)",
            range: shown,
            parse: { text in GoDuration.parse(text).flatMap { range.contains($0) ? $0 : nil } },
            print: { GoDuration.text($0) })
    }
}

extension ValueSyntax where Value == Bool {
    static var boolean: Self {
        Self(
            placeholder: "true|false",
            allowed: "must be true or false (or 1 or 0)",
            range: "`true` or `false`",
            parse: { text in
                switch text.lowercased() {
                case "true", "1": true
                case "false", "0": false
                default: nil
                }
            },
            print: { String($0) })
    }
}

extension ValueSyntax where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// `synonyms` are spellings of other programs; they are accepted but not documented.
    static func choice(synonyms: [String: Value] = [:]) -> Self {
        let names = Value.allCases.map(\.rawValue)
        return Self(
            placeholder: names.joined(separator: "|"),
            allowed: "must be one of " + names.joined(separator: ", "),
            range: "One of " + names.map { "`\($0)`" }.joined(separator: ", "),
            parse: { text in Value(rawValue: text.lowercased()) ?? synonyms[text.lowercased()] },
            print: { $0.rawValue })
    }
}

extension ValueSyntax where Value == EventLoopCount {
    static func eventLoops(_ range: ClosedRange<Int>) -> Self {
        Self(
            placeholder: "auto|n",
            allowed: "must be auto or a whole number from \(range.lowerBound) to \(range.upperBound)",
            range: "`auto` or \(range.lowerBound) to \(range.upperBound)",
            parse: { text in
                if text.lowercased() == "auto" { return .auto }
                return unsigned(text).flatMap { range.contains($0) ? .count($0) : nil }
            },
            print: { value in
                switch value {
                case .auto: "auto"
                case .count(let count): String(count)
                }
            })
    }
}

/// In the largest unit that leaves no remainder.
private func binarySize(_ bytes: Int) -> String {
    var (count, units) = (bytes, ["B", "KiB", "MiB", "GiB", "TiB"][...])
    while count >= 1024, count % 1024 == 0, units.count > 1 {
        count /= 1024
        units.removeFirst()
    }
    return "\(count) \(units.first ?? "")"
}

/// Digits alone; `Int.init` would also take a sign.
func unsigned(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy(isDigit) ? Int(text) : nil
}

func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }
