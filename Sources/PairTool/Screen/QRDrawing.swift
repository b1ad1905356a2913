package import QRCode

/// A QR code in a terminal: a character is one module wide and two high, so modules are about as wide as high.
package enum QRDrawing {
    /// The light border that readers need, in modules.
    package static let quietZone = 4

    package static func columns(of code: QRCode) -> Int { code.size + 2 * self.quietZone }

    /// Black on white by number, not by the terminal's own colours: many readers do not read the inverse, and a dark theme would make it so.
    package static func rows(of code: QRCode) -> [String] {
        let range = -self.quietZone..<code.size + self.quietZone
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { y in
            let blocks = range.map { x in
                switch (code[x, y], code[x, y + 1]) {
                case (false, false): " "
                case (true, false): "▀"
                case (false, true): "▄"
                case (true, true): "█"
                }
            }
            return "\u{1b}[38;5;16;48;5;231m" + blocks.joined() + "\u{1b}[0m"
        }
    }
}
