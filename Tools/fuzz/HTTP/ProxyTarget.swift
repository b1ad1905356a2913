import NetworkAddresses

extension FuzzTarget {
    /// The input is what a connection begins with.
    static let proxy = FuzzTarget(
        name: "proxy", summary: "PROXY headers", maxLength: 600, briefRuns: 200_000, makeCheck: { { input in try ProxyCheck.run(input) } })
}

/// What is read of a header does not depend on the pieces in which it comes, and never waits for more than the longest has.
enum ProxyCheck {
    private enum Reading: Equatable {
        case needsMore
        case header(ProxyHeader)
        case fault(ProxyHeaderFault)

        init(_ bytes: some Collection<UInt8>) {
            do throws(ProxyHeaderFault) {
                self = try ProxyHeader.read(Array(bytes).span).map { .header($0) } ?? .needsMore
            } catch {
                self = .fault(error)
            }
        }
    }

    static func run(_ bytes: [UInt8]) throws {
        let whole = Reading(bytes)
        var decided: Reading?
        for count in 0...bytes.count {
            let reading = Reading(bytes.prefix(count))
            if let decided {
                try expect(reading == decided, "\(shown(bytes)) is \(decided), and \(reading) with \(count) bytes")
            } else if reading != .needsMore {
                decided = reading
                if case .header(let header) = reading {
                    let isRight = header.length == count && count <= ProxyHeader.longest
                    try expect(isRight, "\(shown(bytes)) has a header of \(header.length) bytes")
                }
            }
        }
        try expect(whole == decided ?? .needsMore, "\(shown(bytes)) is \(whole)")
        try expect(whole != .needsMore || bytes.count < ProxyHeader.longest, "\(bytes.count) bytes are not enough: \(shown(bytes))")
    }
}
