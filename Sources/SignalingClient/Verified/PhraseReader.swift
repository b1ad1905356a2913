/// Takes apart what was typed, as Unicode has it: people type dashes of all kinds, and keyboards letters of all widths.
struct PhraseReader {
    /// Longer than any phrase, and short enough to be looked through in no time.
    private static let mostLetters = 1_000

    private let leading: [Unicode.Scalar]
    private let rest: [Unicode.Scalar]

    init(_ text: String) throws(CodeError) {
        guard text.utf16.count <= Self.mostLetters else { throw .malformed }
        let plain = text.unicodeScalars.flatMap { Self.forms[$0] ?? [$0] }.filter { $0.properties.generalCategory != .format }
        let code = Self.behindHash(plain)
        self.leading = Array(code.prefix { Self.isDigit($0) || Self.isSeparator($0) })
        self.rest = Array(code.dropFirst(self.leading.count))
    }

    /// A dot behind the digits announces a link's secret, which is never read as anything else.
    var hasFragment: Bool {
        guard let first = self.leading.firstIndex(where: Self.isDigit) else { return false }
        return self.leading[first...].contains(".")
    }

    func fragment() throws(CodeError) -> (digits: String, secret: Secret) {
        var whole = (self.leading + self.rest)[...]
        while let first = whole.first, Self.isSpace(first) { whole = whole.dropFirst() }
        while let last = whole.last, Self.isSpace(last) { whole = whole.dropLast() }
        if whole.first == "#" { whole = whole.dropFirst() }
        let digits = whole.prefix { $0 != "." }
        let secret = Self.text(whole.dropFirst(digits.count + 1))
        guard (4...8).contains(digits.count), digits.allSatisfy(Self.isDigit), bytesOfBase64url(secret, count: Secret.linkBytes) != nil
        else {
            throw .malformed
        }
        return (Self.text(digits), .link(secret))
    }

    func digits() throws(CodeError) -> String {
        let digits = self.leading.filter(Self.isDigit)
        guard (4...8).contains(digits.count) else { throw .malformed }
        return Self.text(digits)
    }

    func pieces() -> [String] {
        self.rest.split(whereSeparator: Self.isSeparator).map { $0.map(\.properties.lowercaseMapping).joined() }
    }

    /// Of a whole link, what is behind its `#`.
    private static func behindHash(_ text: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
        let places = text.indices.dropLast(2)
        guard let scheme = places.first(where: { text[$0] == ":" && text[$0 + 1] == "/" && text[$0 + 2] == "/" }),
            let hash = text[scheme...].firstIndex(of: "#")
        else { return text[...] }
        return text[(hash + 1)...]
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace && scalar != "\u{85}" }

    /// White space, dashes, among them the minus and the hyphen bullet, and what people put instead.
    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{2212}", "\u{2043}", "_", ".", ",", ";", ":", "+", "/", "#": true
        default: self.isSpace(scalar) || scalar.properties.generalCategory == .dashPunctuation
        }
    }

    /// The part of NFKC that leads to what codes are made of.
    private static let forms: [Unicode.Scalar: [Unicode.Scalar]] = {
        var forms: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        for entry in compatibilityForms.unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if let first = entry.first { forms[first] = Array(entry.dropFirst()) }
        }
        return forms
    }()
}
