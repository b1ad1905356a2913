struct Token {
    enum Kind {
        /// An identifier or a keyword.
        case name
        /// `#name`
        case privateName
        /// A number, a string or a regular expression.
        case literal
        /// A template, or a piece of one: from its start, or from the end of a substitution, to the next substitution or to its end.
        case template
        /// A bracket or an operator; `...`, `++` and `--` in one, any other a character at a time.
        case punctuation
    }

    let kind: Kind
    let text: String
    let offset: Int
    /// How many brackets and substitutions it lies within. A bracket does not lie within itself.
    let depth: Int
    /// Of a bracket that closes: the index of the one that it closes.
    var opener: Int? = nil

    var end: Int { self.offset + self.text.utf8.count }

    func isName(_ text: String) -> Bool { self.kind == .name && self.text == text }
    func isPunctuation(_ text: String) -> Bool { self.kind == .punctuation && self.text == text }
}
