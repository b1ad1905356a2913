/// Content-Length (RFC 9110 section 8.6). The RFC allows to read a list of equal numbers as one of them; here it is refused.
package struct ContentLength: Sendable {
    private(set) var count = 0
    /// Nil if it is no number, is too large, or comes twice; 0 if it does not come at all.
    package private(set) var value: UInt64? = 0

    package var isPresent: Bool { self.count > 0 }

    package init() {}

    package mutating func note(_ value: Range<Int>, in input: Span<UInt8>) {
        self.count += 1
        self.value = self.count == 1 ? Self.number(value, in: input) : nil
    }

    /// Digits, with nothing but spaces behind them.
    private static func number(_ range: Range<Int>, in input: Span<UInt8>) -> UInt64? {
        var end = range.upperBound
        while end > range.lowerBound, input[end - 1] == Byte.space { end -= 1 }
        guard end > range.lowerBound else { return nil }
        var number: UInt64 = 0
        for at in range.lowerBound..<end {
            guard Byte.isDigit(input[at]) else { return nil }
            let (tens, overflows) = number.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tens.addingReportingOverflow(UInt64(input[at] - UInt8(ascii: "0")))
            guard !overflows, !carries else { return nil }
            number = sum
        }
        return number
    }
}

/// Transfer-Encoding (RFC 9112 section 6.1), all its fields as one list.
struct TransferCoding: Sendable {
    enum Verdict: Sendable, Equatable {
        case chunked
        /// It ends with chunked, but has other codings before that.
        case unknown
        case malformed
    }

    private(set) var isPresent = false
    private var codings = 0
    private var chunked = 0
    private var endsWithChunked = false
    private var isBroken = false

    mutating func note(_ value: Range<Int>, in input: Span<UInt8>) {
        self.isPresent = true
        // Some servers trim a tab at the end, and others do not.
        if !value.isEmpty, input[value.upperBound - 1] == Byte.tab { self.isBroken = true }
        var elements = ListElements(value)
        while let element = elements.next(in: input) {
            if element.isEmpty { self.isBroken = true }
            self.codings += 1
            self.endsWithChunked = input.equalsIgnoringCase("chunked", in: element)
            if self.endsWithChunked { self.chunked += 1 }
        }
    }

    var verdict: Verdict {
        guard !self.isBroken, self.endsWithChunked, self.chunked == 1 else { return .malformed }
        return self.codings == 1 ? .chunked : .unknown
    }
}
