/// The standard's measure of how hard a symbol is to read: long runs, 2×2 blocks, look-alikes of finder patterns, an uneven share of dark.
/// Less is better.
enum Penalty {
    private static let finderLike: [[Bool]] = {
        let pattern = [true, false, true, true, true, false, true, false, false, false, false]
        return [pattern, pattern.reversed()]
    }()

    static func of(_ symbol: Symbol) -> Int {
        let size = symbol.size
        var total = 0
        for line in 0..<size {
            total += self.of(line: (0..<size).map { symbol[$0, line] })
            total += self.of(line: (0..<size).map { symbol[line, $0] })
        }
        for y in 0..<size - 1 {
            for x in 0..<size - 1 {
                let colour = symbol[x, y]
                if symbol[x + 1, y] == colour && symbol[x, y + 1] == colour && symbol[x + 1, y + 1] == colour { total += 3 }
            }
        }
        // Ten for each whole five per cent that the share of dark is away from half.
        let dark = symbol.isDark.count { $0 }
        return total + 10 * (abs(2 * dark - size * size) * 10 / (size * size))
    }

    static func of(line: [Bool]) -> Int {
        var total = 0
        var run = 0
        for (index, module) in line.enumerated() {
            run = index > 0 && line[index - 1] == module ? run + 1 : 1
            if run == 5 { total += 3 }
            if run > 5 { total += 1 }
        }
        for pattern in self.finderLike {
            for start in 0...max(0, line.count - pattern.count) where line.dropFirst(start).starts(with: pattern) { total += 40 }
        }
        return total
    }
}
