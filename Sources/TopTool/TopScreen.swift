/// Rows as lines of a window.
package struct TopScreen: Sendable {
    package var columns: Int
    package var rows: Int
    /// Bold and red, and blocks as a picture.
    package var isDrawing: Bool

    package init(columns: Int, rows: Int, isDrawing: Bool) {
        self.columns = max(columns, 20)
        self.rows = max(rows, 3)
        self.isDrawing = isDrawing
    }

    private static let titleColumns = 12

    /// At most as many lines as the window has rows, none longer than it is wide.
    package func lines(_ history: TopHistory, heading: String, trouble: String?) -> [String] {
        var lines = [self.line(heading, style: .bold)]
        if let trouble {
            lines += self.broken(trouble.split(separator: " ").map(String.init), indent: 0, gap: " ").map { self.line($0, style: .red) }
        }
        lines.append("")
        for row in TopRows.of(history) {
            let broken = self.broken(row.figures, indent: Self.titleColumns)
            for (index, figures) in broken.enumerated() {
                let title = index == 0 ? row.title : ""
                let padded = title + String(repeating: " ", count: Self.titleColumns - title.count)
                lines.append(self.line(padded + figures.dropFirst(Self.titleColumns), style: row.isAlarming ? .red : .title))
            }
        }
        if self.isDrawing, history.connectedByInterval.contains(where: { $0 > 0 }) {
            let values = history.connectedByInterval.suffix(self.columns - Self.titleColumns)
            lines.append(self.line("Connected   " + TopNumbers.columns(values), style: .title))
        }
        return Array(lines.prefix(self.rows))
    }

    /// Figures beside each other, on as many lines as they need, each behind so many spaces.
    private func broken(_ figures: [String], indent: Int, gap: String = "  ") -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = margin
        for figure in figures {
            let separator = line.count == indent ? "" : gap
            if line.count > indent, line.count + separator.count + figure.count > self.columns {
                lines.append(line)
                line = margin + figure
            } else {
                line += separator + figure
            }
        }
        return lines + [line]
    }

    private enum Style { case bold, title, red }

    private func line(_ text: String, style: Style) -> String {
        let text = String(text.prefix(self.columns))
        guard self.isDrawing else { return text }
        switch style {
        case .bold: return "\u{1B}[1m\(text)\u{1B}[0m"
        case .red: return "\u{1B}[1;31m\(text)\u{1B}[0m"
        case .title: return "\u{1B}[2m\(text.prefix(Self.titleColumns))\u{1B}[0m\(text.dropFirst(Self.titleColumns))"
        }
    }
}
