import QRCode

/// What stands in the terminal of whoever has minted a code.
package struct CodeScreen: Sendable {
    package let code: String
    package let link: String
    package let minutes: Int?

    package init(code: String, link: String, lifetime: Duration?) {
        self.code = code
        self.link = link
        // A code of 90 seconds is not said to live for two minutes.
        self.minutes = lifetime.map { Int($0.components.seconds / 60) }
    }

    private var life: String {
        switch self.minutes {
        case nil: "Works once."
        case 0: "Works once, for less than a minute."
        case 1: "Works once, for a minute."
        case let minutes?: "Works once, for \(minutes) minutes."
        }
    }

    /// For a terminal of so many columns and rows; as plain lines where it draws no blocks, or is none.
    package func lines(on terminal: TerminalKind) -> [String] {
        guard case .drawing(let columns, let rows) = terminal else { return self.plainLines }
        let texts = ["Code \(self.code)", ""] + LargeDigits.rows(of: self.code) + [""] + self.plainLines.dropFirst()
        guard let picture = QRCode(self.link).map(QRDrawing.rows), let code = QRCode(self.link) else { return texts }
        let pictureColumns = QRDrawing.columns(of: code)
        let gap = 3
        // One row is left for the line that says that it waits, one for what is typed.
        guard picture.count + 2 <= rows, pictureColumns <= columns else { return texts }
        let textColumns = texts.map(\.count).max() ?? 0
        if pictureColumns + gap + textColumns <= columns, texts.count <= picture.count {
            let top = (picture.count - texts.count) / 2
            return picture.enumerated().map { row, blocks in
                let text = texts.indices.contains(row - top) ? texts[row - top] : ""
                return text.isEmpty ? blocks : blocks + String(repeating: " ", count: gap) + text
            }
        }
        // Under each other, with the code last: what does not fit into the window goes out at its top.
        return picture + [""] + texts
    }

    private var plainLines: [String] {
        [
            "Code \(self.code)",
            self.life,
            "",
            "On the other device:",
            "nt-backend-wrtc pair \\",
            "  \(self.link)",
        ]
    }
}

/// What the screen can be.
package enum TerminalKind: Equatable, Sendable {
    case plain
    case drawing(columns: Int, rows: Int)
}
