#if LIBFUZZER
import Foundation

/// libFuzzer's loop over one target. Only in builds with `-sanitize=fuzzer`, which bring its library along.
enum LibFuzzer {
    /// libFuzzer calls back without a context. It runs in one thread, and this is set before it starts.
    nonisolated(unsafe) private static var check: FuzzTarget.Check = { _ in }

    private static let targetVariable = "FUZZ_TARGET"

    /// Merging and forking, libFuzzer starts this program again with its own options alone.
    static var inheritedTarget: String? { ProcessInfo.processInfo.environment[self.targetVariable] }

    /// `arguments` are libFuzzer's own: options and corpus folders. `brief` before them stands for a seed and a number of runs: the same
    /// search every time.
    static func run(_ target: FuzzTarget, arguments: [String]) -> CInt {
        self.check = target.makeCheck()
        setenv(self.targetVariable, target.name, 1)
        let isBrief = arguments.first == "brief"
        let given =
            [CommandLine.arguments[0], "-max_len=\(target.maxLength)", "-len_control=10"]
            + (isBrief ? ["-seed=1", "-runs=\(target.briefRuns)"] + arguments.dropFirst() : arguments)
        // libFuzzer keeps the pointers for as long as the process runs, so they are never freed.
        var words: [UnsafeMutablePointer<CChar>?] = given.map { strdup($0) } + [nil]
        var count = CInt(given.count)
        return words.withUnsafeMutableBufferPointer { buffer in
            var list = buffer.baseAddress
            return runDriver(&count, &list, { LibFuzzer.runOne($0, $1) })
        }
    }

    fileprivate static func runOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        // The memory is libFuzzer's and lasts for this call; it is copied at once.
        let input = Array(UnsafeBufferPointer(start: start, count: count))
        do {
            try self.check(input)
        } catch {
            // libFuzzer knows a finding by the crash.
            fatalError("FINDING: \(error)")
        }
        return 0
    }
}

/// `int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *, size_t))`, of which there is no header. Integers and
/// pointers are passed alike by Swift and C.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer's own `main` would call, which the linker wants to see though this program has a `main` of its own.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt { LibFuzzer.runOne(start, count) }
#endif
