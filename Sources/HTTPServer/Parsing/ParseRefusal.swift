/// Why bytes cannot be read as a request.
package enum ParseRefusal: Error, Equatable {
    case malformed(Fault)
    /// A line is too long, or all lines together are, or there are too many.
    case tooLong
    case bodyTooLong

    package enum Fault: String {
        case method = "it does not begin with a known method"
        case target = "the target is no path, no URI, or holds what belongs in neither"
        case version = "the version is neither HTTP/1.0 nor HTTP/1.1"
        case lineEnd = "a line must end with CR and LF"
        case fieldName = "a field's name must be a token, and a colon must follow at once"
        case fieldValue = "a field's value holds a control character"
        case chunkSize = "a chunk's size must be a hexadecimal number"
        case chunkExtension = "a chunk's extension is too long or holds a control character"
        case chunkEnd = "a chunk must be as long as it says"
        case trailer = "a trailer cannot say how the body is framed"
    }

    var problem: Problem {
        switch self {
        case .malformed(let fault): Problem(.badRequest, "this is not HTTP/1.1: \(fault.rawValue)", closes: true)
        case .tooLong: Problem(.headerFieldsTooLarge, "the request's head is too long", closes: true)
        case .bodyTooLong: .bodyTooLarge
        }
    }
}
