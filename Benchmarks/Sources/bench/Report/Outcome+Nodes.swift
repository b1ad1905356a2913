import ServerUnderTest

extension Outcome {
    /// What rooms cost each node; nothing where there is one alone.
    mutating func addNodes(from start: NodeSnapshot, to end: NodeSnapshot, rooms: Int) {
        for (index, (before, after)) in zip(start.memories, end.memories).enumerated() where start.memories.count > 1 {
            let growth = Double(after.resident - before.resident) / Double(rooms)
            self.add("node\(index + 1)_bytes_per_room", "a room at node \(index + 1) (RSS)", .bytes, growth)
        }
        for (index, (before, after)) in zip(start.times, end.times).enumerated() where start.times.count > 1 {
            let used = Statistics.perUnit((after - before).total, rooms)
            self.add("node\(index + 1)_cpu_us_per_room", "CPU of node \(index + 1) a room opened", .microseconds, used)
        }
    }
}
