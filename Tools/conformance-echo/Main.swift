#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A WebSocket server that repeats what it is told, for the conformance suite (Tests/Conformance). SIGTERM ends it as it ends any program,
/// and so does the end of its standard input, which comes when whoever started it is gone.
@main
enum Main {
    static func main() throws {
        let server = try EchoServer()
        print("listening on 127.0.0.1:\(server.port)")
        // Into a pipe nothing is written before the buffer is full or the program ends.
        fflush(nil)
        while readLine() != nil {}
        try server.stop()
    }
}
