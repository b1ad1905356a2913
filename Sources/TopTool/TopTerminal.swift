import PairTool

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal while the screen is drawn: keys come at once and are not shown, and what stood there before comes back at the end.
package final class TopTerminal: Sendable {
    private let output: Int32
    private let before: termios

    /// Nil where input or output is no terminal.
    package init?(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        var settings = termios()
        guard isatty(output) == 1, tcgetattr(input, &settings) == 0 else { return nil }
        self.output = output
        self.before = settings
        // Ctrl-C still makes a signal.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(input, TCSANOW, &settings)
        self.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    package func end(input: Int32 = STDIN_FILENO) {
        var settings = self.before
        tcsetattr(input, TCSANOW, &settings)
        self.write("\u{1B}[?25h\u{1B}[?1049l")
    }

    package var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(self.output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// In one write, from the upper left on: nothing flickers.
    package func draw(_ lines: [String]) {
        self.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// The next key, or nil if none comes in the time. An input that has ended is a `q`.
    package static func key(within milliseconds: Int32, input: Int32 = STDIN_FILENO) -> UInt8? {
        var polled = [pollfd(fd: input, events: Int16(POLLIN), revents: 0)]
        // A window that changes its size interrupts this, and is drawn anew.
        guard poll(&polled, 1, milliseconds) > 0 else { return nil }
        var byte: UInt8 = 0
        return read(input, &byte, 1) == 1 ? byte : UInt8(ascii: "q")
    }

    private func write(_ text: String) { Descriptor.write(text, to: self.output) }
}
