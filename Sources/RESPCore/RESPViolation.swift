/// Why what an engine sent is no reply, or more than is taken.
package enum RESPViolation: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownType, malformedLine, malformedNumber, malformedLength, malformedValue, missingLineEnd, misplacedPush
    case lineTooLong, bulkTooLong, tooDeep, tooManyElements, replyTooLong

    package var description: String {
        switch self {
        case .unknownType: "a reply begins with a byte that stands for no type"
        case .malformedLine: "a line does not end with CR and LF alone"
        case .malformedNumber: "a number is malformed"
        case .malformedLength: "a length is malformed"
        case .malformedValue: "a value is malformed"
        case .missingLineEnd: "a string is not followed by CR and LF"
        case .misplacedPush: "a push stands within a reply"
        case .lineTooLong: "a line has more than \(RESPParser.mostLine) bytes"
        case .bulkTooLong: "a string has more than \(RESPParser.mostBulk) bytes"
        case .tooDeep: "a reply is nested deeper than \(RESPParser.mostDepth)"
        case .tooManyElements: "a reply has more than \(RESPParser.mostElements) elements"
        case .replyTooLong: "a reply has more than \(RESPParser.mostReply) bytes"
        }
    }
}
