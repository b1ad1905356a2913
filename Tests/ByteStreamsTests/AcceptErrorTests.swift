import ByteStreams
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite struct AcceptErrorTests {
    @Test(arguments: [ECONNABORTED, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP])
    func whatHappenedToOneConnectionIsNoReasonToRest(code: CInt) { #expect(AcceptPolicy.concernsOneConnection(code)) }

    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EBADF, EINVAL, EPERM])
    func whatConcernsTheSystemIs(code: CInt) { #expect(!AcceptPolicy.concernsOneConnection(code)) }
}
