import ByteStreams
import NIOCore
import ServerConfiguration
import SignalingTestKit
import Testing

@testable import ServerApp

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is at HANDOVER's path, and who answers there.
@Suite struct HandoverSocketTests {
    private static let health = HTTPAsk("GET", "/healthz")

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    private static func refusal(_ folder: HandoverFolder) async -> String? {
        await #expect(throws: StartupError.self) { try await folder.start() }?.description
    }

    @Test func theSocketIsItsOwnersAlone() async throws {
        try await HandoverFolder.use { folder in
            _ = try await folder.start()
            #expect(Self.mode(folder.path) == S_IFSOCK | 0o600)
            #expect(try Self.files(in: folder.folder) == ["handover"])
        }
    }

    private static func files(in folder: String) throws -> [String] {
        let listing = try #require(opendir(folder))
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// As a server leaves it that was killed.
    @Test func aSocketThatNobodyAnswersAtIsReplaced() async throws {
        try await HandoverFolder.use { folder in
            let left = try HandoverSocket(folder.path)
            try left.takePath()
            left.close()
            #expect(Self.mode(folder.path) == S_IFSOCK | 0o600)
            let first = try await folder.start()
            #expect(try await first.request(Self.health).status == 200)
            _ = try await folder.start(port: first.port)
            try await first.waitForEnd()
        }
    }

    @Test func whatIsNoSocketIsRefusedAndKept() async throws {
        try await HandoverFolder.use { folder in
            let file = try TemporaryFile("mine")
            defer { file.remove() }
            let kinds: [(name: String, make: () -> CInt, unmake: () -> CInt)] = [
                ("a file", { link(file.path, folder.path) }, { unlink(folder.path) }),
                ("a folder", { mkdir(folder.path, 0o700) }, { rmdir(folder.path) }),
                ("a symbolic link", { symlink(file.path, folder.path) }, { unlink(folder.path) }),
            ]
            for kind in kinds {
                #expect(kind.make() == 0, "\(kind.name)")
                let mode = Self.mode(folder.path)
                let line = await Self.refusal(folder)
                #expect(line == "HANDOVER=\(folder.path): is there and is no socket: name a path that is free", "\(kind.name)")
                #expect(Self.mode(folder.path) == mode, "\(kind.name)")
                #expect(kind.unmake() == 0, "\(kind.name)")
            }
            // Nothing else was left behind either.
            #expect(try Self.files(in: folder.folder) == [])
        }
    }

    @Test func aPathThatCannotBeIsSaidToBeNone() async throws {
        try await HandoverFolder.use { folder in
            for path in [folder.folder + "/none/handover", "/" + String(repeating: "x", count: 200)] {
                let error = await #expect(throws: StartupError.self) { try await folder.start { $0.handover = path } }
                let line = try #require(error).description
                #expect(line.hasPrefix("HANDOVER=\(path): ") && !line.contains("\n"), "\(line)")
            }
        }
    }

    /// Until it has said that it takes over, whoever asks may leave.
    @Test func whoeverAsksAndLeavesChangesNothing() async throws {
        try await HandoverFolder.use { folder in
            let first = try await folder.start()
            for words: [[UInt8]] in [[], [[HandoverProtocol.version]], [[HandoverProtocol.version], [9]], [[9]]] {
                let connection = try #require(try HandoverConnection.open(to: folder.path))
                for word in words {
                    try connection.send(word)
                    let answer = try connection.receive()
                    // To one that speaks another version it says its own, and passes nothing.
                    if word == [HandoverProtocol.version] {
                        #expect(answer?.bytes == [HandoverProtocol.version, ListenerRole.clients.rawValue] && answer?.passed.count == 1)
                    } else if words.count == 1 {
                        #expect(answer?.bytes == [HandoverProtocol.version] && answer?.passed.isEmpty == true)
                    }
                }
                connection.close()
            }
            try await eventually("all are told of") { first.log.lines("the next server did not take over").count == 4 }
            #expect(try await first.request(Self.health).status == 200)
            _ = try await folder.start(port: first.port)
            try await first.waitForEnd()
        }
    }

    @Test(arguments: [[9], [HandoverProtocol.version], [HandoverProtocol.version, 1], [HandoverProtocol.version, 9]] as [[UInt8]])
    func whoeverAnswersSomethingElseIsNotFollowed(answer: [UInt8]) async throws {
        try await HandoverFolder.use { folder in
            let other = try HandoverSocket(folder.path)
            try other.takePath()
            async let line = Self.refusal(folder)
            try await Threads.run(1) { _ in
                let connection = try #require(other.nextConnection())
                #expect(try connection.receiveByte() == HandoverProtocol.version)
                try connection.send(answer)
                #expect(try connection.receive() == nil)
            }
            let text = try #require(await line)
            #expect(text.hasPrefix("HANDOVER=\(folder.path): the server there hands nothing over") && !text.contains("\n"))
            #expect(Self.mode(folder.path) == S_IFSOCK | 0o600)
            other.remove()
        }
    }

    /// It may have gone on already, so that both would accept.
    @Test func whoeverIsNotAgreedWithDoesNotStart() async throws {
        try await HandoverFolder.use { folder in
            let (other, socket) = (try HandoverSocket(folder.path), try ListeningSocket.open(.init(ipAddress: "127.0.0.1", port: 0)))
            try other.takePath()
            async let line = Self.refusal(folder)
            try await Threads.run(1) { _ in
                let connection = try #require(other.nextConnection())
                _ = try connection.receive()
                try connection.send([HandoverProtocol.version, ListenerRole.clients.rawValue], passing: [socket])
                #expect(try connection.receiveByte() == HandoverProtocol.taken)
                connection.close()
            }
            #expect(await line?.contains("has ended or lost patience") == true)
            other.remove()
        }
    }

    /// A server that dies once it has agreed holds nothing any more.
    @Test func whoeverDiesWhileItLetsGoIsFollowed() async throws {
        try await HandoverFolder.use { folder in
            let (other, socket) = (try HandoverSocket(folder.path), try ListeningSocket.open(.init(ipAddress: "127.0.0.1", port: 0)))
            try other.takePath()
            async let next = folder.start()
            try await Threads.run(1) { _ in
                let connection = try #require(other.nextConnection())
                _ = try connection.receive()
                try connection.send([HandoverProtocol.version, ListenerRole.clients.rawValue], passing: [socket])
                #expect(try connection.receiveByte() == HandoverProtocol.taken)
                try connection.send([HandoverProtocol.agreed])
                connection.close()
            }
            #expect(try await next.server.address == socket.address())
            #expect(try await next.request(Self.health).status == 200)
        }
    }

    /// One that is about to end closes without an answer, and is no hindrance.
    @Test func whoeverEndsInsteadOfAnsweringIsNobody() async throws {
        try await HandoverFolder.use { folder in
            let other = try HandoverSocket(folder.path)
            try other.takePath()
            async let next = folder.start()
            try await Threads.run(1) { _ in try #require(other.nextConnection()).close() }
            #expect(try await next.request(Self.health).status == 200)
            #expect(try await next.log.lines("listening").first?.metadata["listener_from"] == nil)
        }
    }
}

extension HandoverSocket {
    /// Blocks, within bounds.
    fileprivate func nextConnection() -> HandoverConnection? {
        guard waitForInput(at: [self.owned.number], until: .now + .seconds(10)) != nil else { return nil }
        return HandoverConnection(OwnedDescriptor(accept(self.owned.number, nil, nil)))
    }
}
