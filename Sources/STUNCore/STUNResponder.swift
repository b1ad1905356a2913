package import MetricsCore
package import NetworkAddresses
package import TimeKeeping

/// What becomes of each datagram that arrives: a response, or nothing. All that it remembers are the counters of its limit.
package struct STUNResponder: Sendable {
    private var limiter: SourceLimiter

    package init(limit: SourceLimiter) { self.limiter = limit }

    /// If the result is `answered`, the response is in `bytes`, in place of what they were.
    package mutating func answer(
        _ datagram: RawSpan, from source: ClientAddress, port: UInt16, now: MonotonicTime, into bytes: inout [UInt8]
    ) -> STUNResult {
        // To port 0 nothing can be sent.
        guard port > 0, let request = BindingRequest(datagram) else { return .malformed }
        guard self.limiter.admits(source.unmapped, now: now) else { return .limited }
        request.writeResponse(to: source, port: port, into: &bytes)
        return .answered
    }
}

/// What became of datagrams, for the metrics.
package enum STUNResult: Int, LabelSet, CaseIterable {
    case answered
    /// No Binding request. There is no response.
    case malformed
    /// Its source has had its part. There is no response.
    case limited
    /// The system did not take the response.
    case unsent

    package static let names = Self.allCases.map { "\($0)" }
}

/// What has been received and sent so far.
package struct STUNFigures: Sendable {
    package var requests = Counts<STUNResult>()
    /// Of datagrams, without the heads of IP and UDP.
    package var bytesIn = 0
    package var bytesOut = 0

    package init() {}

    package mutating func add(_ other: STUNFigures) {
        self.requests.add(other.requests)
        self.bytesIn += other.bytesIn
        self.bytesOut += other.bytesOut
    }
}
