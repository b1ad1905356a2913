/// Text of others as it may be shown in a terminal.
///
/// A line that somebody else wrote may hold control sequences, which would move the cursor, change what stands there already, or make the
/// terminal type; and marks of direction, which let a line read as another one. They are shown by their numbers instead.
package enum Printable {
    package static func line(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            if self.isShown(scalar) {
                shown.unicodeScalars.append(scalar)
            } else if scalar == "\n" {
                shown += "\\n"
            } else {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return shown
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\t" { return true }
        switch scalar.properties.generalCategory {
        // The joiners are part of words in some scripts, and of pictures.
        case .format: return scalar.value == 0x200c || scalar.value == 0x200d
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
        default: return true
        }
    }
}
