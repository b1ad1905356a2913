#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A WebSocket server that repeats what it is told, for the conformance suite (Tests/Conformance). Its argument is what carries the
/// connections; `list` names what there is here, a line each. SIGTERM ends it as it ends any program, and so does the end of its standard
/// input, which comes when whoever started it is gone.
@main
enum Main {
    static func main() async throws {
        let names = Carrier.allCases.map(\.rawValue)
        let arguments = CommandLine.arguments.dropFirst()
        if arguments == ["list"] { return print(names.joined(separator: "\n")) }
        guard arguments.count == 1, let carrier = arguments.first.flatMap(Carrier.init(rawValue:)) else {
            print("usage: conformance-echo list|\(names.joined(separator: "|"))")
            exit(2)
        }
        let server = try await EchoServer(on: carrier)
        print("listening on 127.0.0.1:\(server.port)")
        // Into a pipe nothing is written before the buffer is full or the program ends.
        fflush(nil)
        while readLine() != nil {}
        await server.stop()
    }
}
