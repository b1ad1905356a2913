import NIOCore
import RESPCore
import Testing

@Suite struct RESPCommandTests {
    private static let commands: [([RESPArgument], String)] = [
        (["PING"], "*1\r\n$4\r\nPING\r\n"), (["SET", .text("ä"), 0], "*3\r\n$3\r\nSET\r\n$2\r\nä\r\n$1\r\n0\r\n"),
        (
            [.integer(.min), .integer(.max), -1, 10, 9],
            "*5\r\n$20\r\n-9223372036854775808\r\n$19\r\n9223372036854775807\r\n$2\r\n-1\r\n$2\r\n10\r\n$1\r\n9\r\n"
        ),
        ([.bytes(ByteBuffer(string: "a\r\nb")), ""], "*2\r\n$4\r\na\r\nb\r\n$0\r\n\r\n"), ([], "*0\r\n"),
    ]

    @Test(arguments: Self.commands) func aCommandIsAnArrayOfStrings(parts: [RESPArgument], text: String) {
        var buffer = ByteBuffer(string: ">")
        RESPCommand.write(parts, into: &buffer)
        #expect(String(buffer: buffer) == ">" + text)
        #expect(RESPCommand.length(parts) == text.utf8.count)
    }

    @Test func listsAreOneCommand() {
        var buffer = ByteBuffer()
        let keys = (0..<100).map { RESPArgument.integer($0) }
        RESPCommand.write(["EVALSHA"], keys, [], ["x"], into: &buffer)
        #expect(String(buffer: buffer).hasPrefix("*102\r\n$7\r\nEVALSHA\r\n$1\r\n0\r\n"))
        #expect(RESPCommand.length(["EVALSHA"], keys, [], ["x"]) == buffer.readableBytes)
    }
}
