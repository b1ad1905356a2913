import NIOCore
import SignalingTestKit
import SignalingWire

extension FuzzTarget {
    /// The first byte chooses among a stream of bytes as it is, a stream whose masks are put right, and a script of what several
    /// connections do.
    static let websocket = FuzzTarget(
        name: "websocket", summary: "WebSocket connections of one room: bytes, cuts, times, slow and vanishing peers",
        maxLength: 2048, briefRuns: 5_000,
        makeCheck: {
            let bench = Bench()
            return { input in
                var cursor = InputCursor(input)
                let mode = cursor.byte()
                switch mode & 3 {
                case 0: try StreamCheck(bench: bench, choices: mode).check(cursor)
                case 1: try StreamCheck(bench: bench, choices: mode).check(cursor, fixesMasks: true)
                default: try Script(bench: bench).run(cursor)
                }
            }
        })
}

/// One client's bytes, its peer reading all along: what the peer receives is what was sent, wherever the network cut it.
struct StreamCheck {
    let bench: Bench
    let choices: UInt8

    /// Everything that the two of them saw, and how it ended.
    private struct Outcome: Equatable {
        var a: [ReceivedFrame]
        var b: [ReceivedFrame]
        var isOpen: Bool
    }

    func check(_ input: InputCursor, fixesMasks: Bool = false) throws {
        var input = input
        let cuts = (input.byte(), input.byte())
        let stream = fixesMasks ? ScriptedFrame.masked(input.all()) : input.all()
        let whole = try self.run(stream, cuts: [])
        let first = stream.isEmpty ? 0 : Int(cuts.0) * 7 % stream.count
        let second = stream.isEmpty ? 0 : first + Int(cuts.1) % (stream.count - first)
        let inParts = try self.run(stream, cuts: [first, second])
        try expect(inParts == whole, "cut at \(first) and \(second) it gave \(inParts), at once \(whole)")
        if stream.count <= 160 {
            let byteByByte = try self.run(stream, cuts: Array(stream.indices))
            try expect(byteByByte == whole, "byte by byte it gave \(byteByByte), at once \(whole)")
        }
    }

    private func run(_ stream: [UInt8], cuts: [Int]) throws -> Outcome {
        let isLate = self.choices & 4 != 0
        let log = DeliveryLog()
        let a = try self.bench.connect(.a, sid: self.choices & 8 == 0 ? nil : "s", log: log)
        let early = isLate ? nil : try self.bench.connect(.b, sid: nil, log: log)
        a.readSize = max(1, stream.count)
        var from = 0
        for cut in cuts + [stream.count] {
            try a.send(Array(stream[from..<cut]))
            from = cut
        }
        let wasOpen = a.isOpen && !a.sent.hasEnded
        let b = try early ?? self.bench.connect(.b, sid: nil, log: log)
        // Each run has a room of its own.
        let outcome = Outcome(
            a: try a.received().map(\.withoutMailboxID), b: try b.received().map(\.withoutMailboxID), isOpen: a.isOpen)
        let story = try ReceivedStory(outcome.b, usesSID: false)
        _ = try ReceivedStory(outcome.a, usesSID: a.usesSID)
        // Frames held for a peer who is late are dropped when their sender has left.
        if !isLate || wasOpen, a.bytesDelivered == stream.count || !a.isOpen {
            let expected = log.relayable[.a]
            try expect(story.relayed == expected, "of \(expected?.count ?? 0) relayed frames the peer received \(story.relayed.count)")
        }
        try OutputBound.check([a, b], advances: 1)
        a.drop()
        b.drop()
        try self.bench.expectNothingLeft()
        return outcome
    }
}

/// No input is answered with more than a multiple of itself: the longest answer, an error, goes to an empty frame of six bytes.
enum OutputBound {
    static func check(_ clients: [BenchClient], advances: Int) throws {
        let received = clients.reduce(0) { $0 + $1.bytesDelivered }
        let bound = 1024 + 32 * received + 64 * advances
        for client in clients {
            // A relayed or stored byte goes out once to each connection.
            let written = try client.allOutput().readableBytes
            try expect(written <= bound, "\(received) bytes were answered with \(written) to one connection")
        }
    }
}
