/// A code that can be read from across a desk: five rows of blocks.
package enum LargeDigits {
    package static let height = 5

    private static let shapes = [
        ["████", "█  █", "█  █", "█  █", "████"],
        [" ██ ", "  █ ", "  █ ", "  █ ", " ███"],
        ["████", "   █", "████", "█   ", "████"],
        ["████", "   █", " ███", "   █", "████"],
        ["█  █", "█  █", "████", "   █", "   █"],
        ["████", "█   ", "████", "   █", "████"],
        ["████", "█   ", "████", "█  █", "████"],
        ["████", "   █", "  █ ", " █  ", " █  "],
        ["████", "█  █", "████", "█  █", "████"],
        ["████", "█  █", "████", "   █", "████"],
    ]

    package static func rows(of code: String) -> [String] {
        let digits = code.compactMap(\.wholeNumberValue).filter { $0 < 10 }
        return (0..<self.height).map { row in digits.map { self.shapes[$0][row] }.joined(separator: "  ") }
    }
}
