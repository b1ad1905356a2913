extension Substring {
    /// Without the white space that a field's value may have around it (RFC 9110 section 5.6.3); the parser leaves what is behind.
    func trimmingSpaces() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
