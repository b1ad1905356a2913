#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Calls whose names are also those of methods here.
enum SystemCalls {
    // A write to a connection that the server has reset must not end the process: Darwin has an option of the socket for that.
    #if canImport(Darwin)
    private static let flags: Int32 = 0
    #else
    private static let flags = Int32(MSG_NOSIGNAL)
    #endif

    static func closeSocket(_ descriptor: Int32) { _ = close(descriptor) }

    static func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Int {
        send(descriptor, bytes.baseAddress, bytes.count, self.flags)
    }

    static func connectSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
        connect(descriptor, address, length)
    }
}
