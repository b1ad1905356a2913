struct Token {
    enum Kind {
        /// An identifier or a keyword.
        case name
        /// `#name`
        case privateName
        /// A number, a string or a regular expression.
        case literal
        /// A template, or a piece of one: it begins at the template's start or at a substitution's end, and ends at the next substitution
        /// or at the template's end.
        case template
        /// A bracket or an operator; `...`, `++` and `--` are one token, any other operator is one token for each character.
        case punctuation
    }

    let kind: Kind
    let text: String
    let offset: Int
    /// How many brackets and substitutions enclose the token. A bracket does not enclose itself.
    let depth: Int
    /// For a closing bracket: the index of the bracket that it closes.
    var opener: Int? = nil

    var end: Int { self.offset + self.text.utf8.count }

    func isName(_ text: String) -> Bool { self.kind == .name && self.text == text }
    func isPunctuation(_ text: String) -> Bool { self.kind == .punctuation && self.text == text }
}
