/// What people pass on for a pairing: digits, and a secret behind them or none.
public struct PairingCode: Sendable, Hashable {
    /// All that is ever sent to a server.
    public let digits: String
    /// Nil for digits alone: then nobody is verified.
    public let secret: Secret?

    public init(digits: String, secret: Secret?) {
        self.digits = digits
        self.secret = secret
    }

    /// Reads what was typed, pasted or scanned. Nothing leaves the device.
    public init(_ text: String) throws(CodeError) {
        try self.init(text, list: phraseWords)
    }

    init(_ text: String, list: [String]) throws(CodeError) {
        let reader = try PhraseReader(text)
        if reader.hasFragment {
            (self.digits, self.secret) = try reader.fragment()
            return
        }
        self.digits = try reader.digits()
        let pieces = reader.pieces()
        guard !pieces.isEmpty else {
            self.secret = nil
            return
        }
        var words: [String] = []
        for piece in pieces { words.append(try Self.word(for: piece, in: list)) }
        self.secret = .words(words.joined(separator: "-"))
    }

    /// What people pass on: `2802-crossword-clockwork` to say, `2802.q83v…` for behind the `#` of a link.
    public var text: String {
        switch self.secret {
        case .none: self.digits
        case .words(let words): "\(self.digits)-\(words)"
        case .link(let link): "\(self.digits).\(link)"
        }
    }

    /// So many letters of a word stand for it where no other begins so.
    private static let leastLetters = 3

    private static func word(for piece: String, in list: [String]) throws(CodeError) -> String {
        if list.contains(piece) { return piece }
        let meant = piece.unicodeScalars.count < Self.leastLetters ? [] : list.filter { $0.hasPrefix(piece) }
        if meant.count == 1 { return meant[0] }
        throw CodeError(code: .wordsUnknown, word: piece, suggestions: SignalingClient.suggestions(for: piece, in: list))
    }
}

extension PairingCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The digits are on the server anyway.
    public var description: String { self.secret == nil ? self.digits : "\(self.digits) with a secret" }
    public var debugDescription: String { self.description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret {
    static let mostWords = 4
    static let linkBytes = 16

    /// Words for one code. Two are 20 bits, which is what one guess stands against.
    public static func drawWords(_ count: Int = 2, random: (Int) -> [UInt8] = randomBytes) -> Secret {
        precondition((1...Self.mostWords).contains(count), "a phrase has 1 to \(Self.mostWords) words")
        let words = (0..<count).map { _ in
            let bytes = random(2)
            return phraseWords[(Int(bytes[0]) << 8 | Int(bytes[1])) & 1023]
        }
        return .words(words.joined(separator: "-"))
    }

    public static func drawLink(random: (Int) -> [UInt8] = randomBytes) -> Secret {
        .link(base64url(random(Self.linkBytes)))
    }
}

/// Bytes of the system's secure generator.
@Sendable public func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
