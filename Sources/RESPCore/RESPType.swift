import NIOCore

/// The byte that a value begins with.
enum RESPType: UInt8 {
    case simple = 0x2B  // +
    case error = 0x2D  // -
    case integer = 0x3A  // :
    case bulk = 0x24  // $
    case array = 0x2A  // *
    case null = 0x5F  // _
    case boolean = 0x23  // #
    case double = 0x2C  // ,
    case bigNumber = 0x28  // (
    case bulkError = 0x21  // !
    case verbatim = 0x3D  // =
    case map = 0x25  // %
    case set = 0x7E  // ~
    case push = 0x3E  // >
    case attribute = 0x7C  // |

    /// The value that a line is; nil for types whose line says how much follows.
    func value(of line: ByteBuffer) throws(RESPViolation) -> RESPValue? {
        let bytes = line.readableBytesView
        switch self {
        case .simple, .error:
            guard !bytes.contains(UInt8(ascii: "\r")) else { throw .malformedLine }
            let text = String(buffer: line)
            return self == .simple ? .simple(text) : .error(RESPError(text))
        case .integer:
            guard let number = RESPNumber.integer(bytes) else { throw .malformedNumber }
            return .integer(number)
        case .double:
            guard let number = RESPNumber.double(line) else { throw .malformedNumber }
            return .double(number)
        case .bigNumber:
            guard RESPNumber.isInteger(bytes) else { throw .malformedNumber }
            return .bigNumber(String(buffer: line))
        case .boolean:
            guard bytes.count == 1, let byte = bytes.first, byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f") else {
                throw .malformedValue
            }
            return .boolean(byte == UInt8(ascii: "t"))
        case .null:
            guard bytes.isEmpty else { throw .malformedValue }
            return .null
        case .bulk, .bulkError, .verbatim, .array, .map, .set, .push, .attribute: return nil
        }
    }

    /// The value that a string of this type is; nil if it is none.
    func value(ofString string: ByteBuffer) -> RESPValue? {
        switch self {
        case .bulkError: return .error(RESPError(String(buffer: string)))
        case .verbatim:
            var string = string
            // What is no UTF-8 was put right, and has more bytes.
            guard let format = string.readString(length: 3), format.utf8.count == 3, string.readInteger() == UInt8(ascii: ":") else {
                return nil
            }
            return .verbatim(format: format, string)
        default: return .bulk(string)
        }
    }
}

/// Numbers as engines write them.
enum RESPNumber {
    enum Length: Equatable {
        case count(Int)
        /// -1, which stands for null where there is such a thing.
        case null
    }

    static func length(_ line: ByteBuffer) -> Length? {
        let bytes = line.readableBytesView
        if bytes.elementsEqual([UInt8(ascii: "-"), UInt8(ascii: "1")]) { return .null }
        guard bytes.first.map(self.isDigit) == true, let number = self.integer(bytes) else { return nil }
        return .count(Int(number))
    }

    /// Digits, perhaps behind a sign.
    static func isInteger(_ bytes: ByteBufferView) -> Bool {
        let digits = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
        return !digits.isEmpty && digits.allSatisfy(self.isDigit)
    }

    static func integer(_ bytes: ByteBufferView) -> Int64? {
        guard self.isInteger(bytes) else { return nil }
        let isNegative = bytes.first == UInt8(ascii: "-")
        var number: Int64 = 0
        for byte in bytes where self.isDigit(byte) {
            let (product, first) = number.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - UInt8(ascii: "0"))
            // Towards the sign, or the least number would not fit.
            let (sum, second) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !first, !second else { return nil }
            number = sum
        }
        return number
    }

    static func double(_ line: ByteBuffer) -> Double? {
        let text = String(buffer: line)
        switch text {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default: break
        }
        // Swift reads more than decimal numbers, such as hexadecimal ones.
        let isDecimal = text.utf8.allSatisfy { self.isDigit($0) || "+-.eE".utf8.contains($0) }
        guard isDecimal, text.utf8.contains(where: self.isDigit) else { return nil }
        return Double(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
