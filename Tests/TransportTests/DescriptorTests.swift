import ByteStreams
import NIOConcurrencyHelpers
import NIOCore
import SignalingTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Accepting while the system has no descriptor left. Each test runs in a process of its own: in this one others need descriptors too.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DescriptorTests {
    #if os(Linux)
    @Test func aServerOfPlainSocketsOutlivesAWantOfDescriptors() async {
        await #expect(processExitsWith: .success) { try await WantOfDescriptors.play(.sockets) }
    }
    #endif

    @Test func aServerOfChannelsOutlivesAWantOfDescriptors() async {
        await #expect(processExitsWith: .success) { try await WantOfDescriptors.play(.channels) }
    }
}

/// What these tests play. While descriptors are wanting, all of it happens on a thread of its own, without tasks: those need some
/// descriptors too, for timers and to look at their threads.
private struct WantOfDescriptors {
    private let rig: Rig
    private let reports: NIOLockedValueBox<Int>
    private let loops: [any StreamLoop]

    static func play(_ carrier: Carrier) async throws {
        let reports = NIOLockedValueBox(0)
        var options = Rig.Options()
        options.loops = 2
        options.report = { _ in reports.withLockedValue { $0 += 1 } }
        try await Rig.run(carrier, options, script: { $0.onReceived = { driver, bytes in driver.send(bytes) } }) { rig in
            let loops = NIOLockedValueBox<[any StreamLoop]>([])
            try await rig.transport.onEach { context in loops.withLockedValue { $0.append(context.loop) } }
            let story = WantOfDescriptors(rig: rig, reports: reports, loops: loops.withLockedValue { $0 })
            try await Threads.run(1) { _ in try story.play() }
            try await rig.journal.wait("the end") { $0.ended == 4 }
        }
    }

    private func play() throws {
        let descriptors = try Descriptors()
        defer { descriptors.giveBackAll() }
        let first = try BlockingClient(self.rig.address)
        try first.ping()
        let second = try BlockingClient(self.rig.address)
        try second.ping()

        // The one that is left is the client's.
        descriptors.takeAll()
        descriptors.giveBack(1)
        let third = try BlockingClient(self.rig.address)
        try Threads.wait("accept fails") { self.reports.withLockedValue { $0 } == 1 }
        // Those who are connected notice nothing. It is tried again meanwhile, in vain, and not without end.
        try second.ping()
        let before = try self.cpuTime()
        usleep(500_000)
        let used = try self.cpuTime() - before
        #expect(used < 50_000_000, "nanoseconds of CPU time in 500 ms of waiting")
        #expect(self.rig.journal.pages.count(.opened) == 2)

        // A connection closes, and its descriptor is the next one's.
        first.close()
        try third.ping()
        #expect(self.reports.withLockedValue { $0 } == 1)

        // Others give theirs back, which nobody tells of. It is another row of failures.
        descriptors.takeAll()
        descriptors.giveBack(1)
        let fourth = try BlockingClient(self.rig.address)
        try Threads.wait("accept fails again") { self.reports.withLockedValue { $0 } == 2 }
        descriptors.giveBackAll()
        try fourth.ping()
        try second.ping()
        #expect(self.reports.withLockedValue { $0 } == 2)
        for client in [second, third, fourth] { client.close() }
    }

    /// Of all loops, in nanoseconds.
    private func cpuTime() throws -> Int {
        try self.loops.reduce(into: 0) { sum, loop in
            let result = NIOLockedValueBox<Int?>(nil)
            loop.execute {
                let time = ThreadTime.now
                result.withLockedValue { $0 = time }
            }
            try Threads.wait("a loop tells its time") { result.withLockedValue { $0 } != nil }
            sum += result.withLockedValue { $0 } ?? 0
        }
    }
}

/// All descriptors that this process may still have.
private final class Descriptors {
    private var taken: [CInt] = []

    /// Few enough to be taken one by one.
    init() throws {
        var limit = rlimit()
        try #require(getrlimit(Self.openFiles, &limit) == 0)
        limit.rlim_cur = 256
        try #require(setrlimit(Self.openFiles, &limit) == 0)
    }

    #if canImport(Glibc)
    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let openFiles = RLIMIT_NOFILE
    #endif

    func takeAll() {
        while case let descriptor = dup(0), descriptor >= 0 { self.taken.append(descriptor) }
        #expect(errno == EMFILE)
    }

    func giveBack(_ count: Int) {
        for _ in 0..<min(count, self.taken.count) { close(self.taken.removeLast()) }
    }

    func giveBackAll() { self.giveBack(self.taken.count) }
}

/// A client that needs one descriptor and nothing else.
private final class BlockingClient {
    private let descriptor: CInt

    init(_ address: SocketAddress) throws {
        #if canImport(Glibc)
        self.descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
        self.descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        try #require(self.descriptor >= 0)
        var patience = timeval()
        patience.tv_sec = 10
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // The kernel connects clients that nobody has accepted.
        let result = address.withSockAddr { connect(self.descriptor, $0, socklen_t($1)) }
        try #require(result == 0)
    }

    deinit { self.close() }

    func ping() throws {
        let sent = [UInt8]("ping".utf8)
        try #require(send(self.descriptor, sent, sent.count, 0) == sent.count)
        var received = [UInt8](repeating: 0, count: sent.count)
        let count = recv(self.descriptor, &received, received.count, CInt(MSG_WAITALL))
        try #require(count == sent.count)
        #expect(received == sent)
    }

    private var isClosed = false

    func close() {
        if self.isClosed { return }
        self.isClosed = true
        #if canImport(Glibc)
        Glibc.close(self.descriptor)
        #elseif canImport(Musl)
        Musl.close(self.descriptor)
        #else
        Darwin.close(self.descriptor)
        #endif
    }
}
