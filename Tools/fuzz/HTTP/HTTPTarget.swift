import NIOCore
import SignalingCore
import SignalingTestKit
import TimeKeeping

extension FuzzTarget {
    /// The first byte chooses among bytes as they are, requests that are well-formed by construction, and requests with one fault in
    /// their framing.
    static let http = FuzzTarget(
        name: "http", summary: "HTTP connections: heads, bodies, pipelines, upgrades, smuggling",
        maxLength: 4096, briefRuns: 15_000,
        makeCheck: {
            let benches = [HTTPBench(dev: true), HTTPBench(dev: false)]
            return { input in
                var cursor = InputCursor(input)
                let mode = cursor.byte()
                let check = HTTPCheck(bench: benches[Int(mode >> 7)])
                switch mode & 3 {
                case 0, 3: try check.raw(cursor)
                case 1: try check.wellFormed(cursor)
                default: try check.faulty(cursor)
                }
            }
        })
}

/// Whatever comes in, the responses are well-formed, one a request, and the connection ends when it has to.
struct HTTPCheck {
    let bench: HTTPBench

    private struct Outcome {
        var output: [UInt8]
        var responses: [ReceivedResponse]
        var upgraded: [UInt8]?
        var isOpen: Bool

        /// Without those that announce another.
        var finalResponses: [ReceivedResponse] { self.responses.filter { $0.status != 100 } }
        var summary: String { "\(self.responses.map(\.status))\(self.isOpen ? ", open" : "")" }
    }

    func raw(_ input: InputCursor) throws {
        var input = input
        let cuts = (input.byte(), input.byte())
        let stream = input.all()
        guard !stream.isEmpty else { return }
        let whole = try self.run(stream, cuts: [])
        let first = Int(cuts.0) * 17 % stream.count
        let second = first + Int(cuts.1) % (stream.count - first)
        try self.expectSame(self.run(stream, cuts: [first, second]), whole, "cut at \(first) and \(second)")
        if stream.count <= 200 { try self.expectSame(self.run(stream, cuts: Array(stream.indices)), whole, "byte by byte") }
    }

    /// Bodies hold what looks like requests: only the real ones are answered.
    func wellFormed(_ input: InputCursor) throws {
        var input = input
        var stream: [UInt8] = []
        var count = 0
        repeat {
            stream += RequestMaker.request(&input)
            count += 1
        } while !input.isAtEnd && count < 5
        let outcome = try self.run(stream, cuts: [])
        let ends = outcome.finalResponses.firstIndex { $0.closes || $0.status == 101 }
        let expected = ends.map { $0 + 1 } ?? count
        try expect(outcome.finalResponses.count == expected, "\(count) requests were answered with \(outcome.summary)")
        let isBadRequest = outcome.finalResponses.contains { $0.status == 400 && $0.closes && !RequestMaker.mayBeRefused($0) }
        try expect(!isBadRequest, "a well-formed request was taken for none: \(outcome.summary)")
    }

    /// A request that two programs could read as two different ones is refused, and nothing behind it is read.
    func faulty(_ input: InputCursor) throws {
        var input = input
        let before = input.number(below: 3)
        var stream: [UInt8] = []
        for _ in 0..<before { stream += RequestMaker.plain }
        let (fault, request) = FaultyRequest.make(&input)
        stream += request + RequestMaker.plain
        let outcome = try self.run(stream, cuts: [])
        let responses = outcome.finalResponses
        try expect(responses.count <= before + 1, "\(fault): what follows it was answered: \(outcome.summary)")
        try expect(responses.prefix(before).allSatisfy { $0.status == 200 }, "\(fault): the requests before it were not answered")
        if responses.count == before + 1 {
            try expect((400...499).contains(responses[before].status) && responses[before].closes, "\(fault): answered \(outcome.summary)")
        }
        try expect(!outcome.isOpen, "\(fault): the connection stays open: \(outcome.summary)")
    }

    // MARK: - Running

    private func run(_ stream: [UInt8], cuts: [Int]) throws -> Outcome {
        let client = self.bench.connect()
        var from = 0
        for cut in cuts + [stream.count] {
            client.send(stream[from..<cut])
            from = cut
        }
        var output = client.received()
        let isOpen = client.isOpen
        // A request that is not whole is cut off, a connection between requests ends later.
        self.bench.advance(by: .seconds(6))
        output += client.received()
        let (responses, upgraded) = try ReceivedResponse.parse(output)
        let frames = upgraded.map { ReceivedFrame.frames(in: ByteBuffer(bytes: $0)) }
        try expect(upgraded == nil || frames != nil, "after the upgrade came \(shown(upgraded ?? []))")
        self.bench.advance(by: .seconds(61))
        if upgraded == nil { try expect(!client.isOpen, "the connection outlives its idle time") }
        if responses.last?.closes == true {
            try expect(!isOpen || responses.last?.status == 408, "the last response did not end the connection")
        }
        let bound = 16_384 * (responses.count + 1) + 64 * stream.count
        try expect(output.count <= bound, "\(stream.count) bytes were answered with \(output.count)")
        client.drop()
        try self.bench.expectNothingLeft()
        return Outcome(output: output, responses: responses, upgraded: upgraded, isOpen: isOpen)
    }

    private func expectSame(_ outcome: Outcome, _ whole: Outcome, _ how: String) throws {
        let same = outcome.responses.count == whole.responses.count && outcome.isOpen == whole.isOpen && outcome.upgraded == whole.upgraded
        try expect(same, "\(how) it gave \(outcome.summary), at once \(whole.summary)")
        for (one, other) in zip(outcome.responses, whole.responses) {
            try expect(
                one.status == other.status && one.closes == other.closes, "\(how) it gave \(outcome.summary), at once \(whole.summary)")
            try expect(one.fields.map(\.name) == other.fields.map(\.name), "\(how) other header fields: \(one.fields), \(other.fields)")
        }
    }
}
