/// Why a code cannot be used, found on this device. No description holds a word or a secret.
public struct CodeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `code_malformed`, `words_unknown`, `words_needed` or `code_gone`.
    public let code: ClientError.Code
    /// The piece that is none of the words.
    public var word: String?
    /// Words that may have been meant: to be shown, never taken instead.
    public var suggestions: [String] = []

    public var description: String {
        switch self.code.rawValue {
        case "code_malformed": "a code has 4 to 8 digits, and words or a link's secret behind them"
        case "words_unknown": "one of the words is not in the list"
        case "words_needed": "the code has words too, and all of it is needed"
        case "code_gone": "this secret has been used here before"
        default: self.code.rawValue
        }
    }

    /// The same for who takes one type of errors for all.
    public var clientError: ClientError { ClientError(self.code, self.description, advice: self.code.pairingAdvice) }

    static let malformed = CodeError(code: .codeMalformed)
    static let spent = CodeError(code: .codeGone)
}
