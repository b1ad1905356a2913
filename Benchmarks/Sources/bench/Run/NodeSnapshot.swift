import ServerUnderTest

/// What each of several nodes has used up to a moment.
struct NodeSnapshot {
    var times: [ProcessorTime]
    var memories: [ProcessMemory]

    init(_ target: Target) { self.init(times: target.processorTimes, memories: target.memories) }

    init(times: [ProcessorTime], memories: [ProcessMemory]) {
        self.times = times
        self.memories = memories
    }
}
