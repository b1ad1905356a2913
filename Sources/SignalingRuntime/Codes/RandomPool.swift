import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Words of randomness drawn a few dozen at a time: the system's generator costs a call of the system, whatever it is asked for. A word is
/// wiped as it is handed out, so what was drawn for one purpose is nowhere to be found when it has been used.
package final class RandomPool: Sendable {
    /// 256 bytes: as much as the system gives at once without ever interrupting.
    package static let size = 32

    private struct State: Sendable {
        var words = [UInt64](repeating: 0, count: RandomPool.size)
        var used = RandomPool.size
    }
    private let state = NIOLockedValueBox(State())
    private let fill: @Sendable (inout [UInt64]) -> Void

    package init(fill: @escaping @Sendable (inout [UInt64]) -> Void) { self.fill = fill }

    /// Shared by all who draw from it, on whatever thread: two can never be given the same word.
    package static let system = RandomPool(fill: RandomPool.fillFromSystem)

    package func next() -> UInt64 {
        self.state.withLockedValue { state in
            if state.used == state.words.count {
                self.fill(&state.words)
                state.used = 0
            }
            let word = state.words[state.used]
            state.words[state.used] = 0
            state.used += 1
            return word
        }
    }

    /// Words not handed out yet.
    package var remaining: [UInt64] { self.state.withLockedValue { Array($0.words[$0.used...]) } }

    private static func fillFromSystem(_ words: inout [UInt64]) {
        // The array's own storage, for the length of the call and no longer than it is.
        let isFilled = words.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return getentropy(start, bytes.count) == 0
        }
        if isFilled { return }
        // A kernel without the call: the standard library knows another way, and stops the process where there is none.
        var generator = SystemRandomNumberGenerator()
        for index in words.indices { words[index] = generator.next() }
    }
}
