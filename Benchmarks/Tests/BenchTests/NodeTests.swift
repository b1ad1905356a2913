import Foundation
import RawLoad
import Testing

@testable import ServerUnderTest
@testable import bench

@Suite struct NodeTests {
    private func ports(_ sides: NodePlaces.Sides, nodes: Int) throws -> [[UInt16]] {
        let nodes = try (1...nodes).map { try #require(ServerAddress(host: "127.0.0.1", port: $0)) }
        let places = NodePlaces(nodes, sides)
        return (0..<4).map { room in (0...1).map { places.address(room: room, side: $0).port } }
    }

    @Test func sidesConnectWhereTheyAreToldTo() throws {
        #expect(try self.ports(.apart, nodes: 3) == [[1, 2], [2, 3], [3, 1], [1, 2]])
        #expect(try self.ports(.together, nodes: 3) == [[1, 1], [2, 2], [3, 3], [1, 1]])
        #expect(try self.ports(.gathered, nodes: 3) == [[1, 2], [1, 3], [1, 2], [1, 3]])
        for sides in NodePlaces.Sides.allCases { #expect(try self.ports(sides, nodes: 1) == [[1, 1], [1, 1], [1, 1], [1, 1]]) }
    }

    @Test func enginesAreFoundByNameAndByPath() throws {
        let folder = try TemporaryFolder()
        let program = "\(folder.path)/valkey-server"
        #expect(throws: EngineBinary.NotFound.self) { try EngineBinary.find(named: program) }
        #expect(throws: EngineBinary.NotFound.self) { try EngineBinary.find(named: "no-such-engine", path: folder.path) }
        try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        #expect(try EngineBinary.find(named: program) == program)
        #expect(try EngineBinary.find(named: "valkey", path: folder.path).hasSuffix("/valkey-server"))
    }

    @Test(arguments: EngineBinary.names) func anEngineStartsEmptyAndLeavesNothing(name: String) throws {
        guard let program = try? EngineBinary.find(named: name) else { return print("\(name) is not on this machine: left out") }
        let engine = try EngineProcess(binary: program, isAppendOnly: true)
        let folder = engine.folder.path
        #expect(FileManager.default.fileExists(atPath: folder))
        let figures = try #require(engine.figures)
        #expect(figures.name.hasPrefix(name) && figures.scriptCalls == 0)
        #expect(engine.isRunning)
        engine.kill()
        #expect(!engine.isRunning && engine.figures == nil)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func aProgramThatIsNoEngineIsReported() {
        #expect(throws: EngineProcess.DidNotStart.self) { try EngineProcess(binary: "/bin/true", isAppendOnly: false) }
    }

    @Test func aCoreCarriesWhatFitsIntoItsSecond() throws {
        func figures(_ main: Double, _ scripts: Int, _ calls: Int) throws -> EngineFigures {
            try #require(
                EngineFigures(
                    info: """
                        redis_version:7.0.15\r
                        used_memory:2000000\r
                        used_cpu_user_main_thread:\(main)\r
                        used_cpu_sys_main_thread:1\r
                        cmdstat_evalsha:calls=\(calls),usec=\(scripts),usec_per_call=1\r
                        """))
        }
        var outcome = Outcome()
        outcome.addEngine(from: try figures(1, 100, 7), to: try figures(1.5, 300_100, 50_007), units: 10_000, unit: "pair")
        let values = Dictionary(uniqueKeysWithValues: outcome.figures.map { ($0.key, $0.value) })
        for (key, expected) in [
            ("engine_cpu_us_per_pair", 50.0), ("engine_script_us_per_pair", 30), ("engine_calls_per_pair", 5),
            ("pairs_per_engine_core", 20_000), ("engine_memory_mb", 2),
        ] {
            let value = try #require(values[key])
            #expect(abs(value - expected) < expected / 1e6)
        }
    }

    @Test func eachNodeOfSeveralIsShown() {
        func snapshot(_ kibibytes: [Int]) -> NodeSnapshot {
            let memories = kibibytes.map { ProcessMemory(resident: $0 * 1024, anonymous: 0, peak: 0) }
            return NodeSnapshot(times: kibibytes.map { _ in .zero }, memories: memories)
        }
        var outcome = Outcome()
        outcome.addNodes(from: snapshot([100]), to: snapshot([200]), rooms: 10)
        #expect(outcome.figures.isEmpty)
        outcome.addNodes(from: snapshot([100, 100]), to: snapshot([200, 110]), rooms: 10)
        #expect(outcome.figures.filter { $0.kind == .bytes }.map(\.value) == [10_240, 1024])
    }

    @Test func theEngineIsNoOtherProcess() {
        var report = Report(scenario: "codes", load: "one", isPinned: true, settings: [:])
        report.nodes = "; 2 nodes on valkey 8.0.1, sides apart"
        var outcome = Outcome()
        outcome.addShares(CPUShares(server: 60, engine: 30, generator: 40, foreign: 1, stolen: 0))
        report.add(outcome)
        #expect(report.table.contains("one; 2 nodes on valkey 8.0.1, sides apart; all nodes and the engine on CPU 0"))
        #expect(report.medians.contains { $0.key == "engine_cpu_pct" && $0.value == 30 })
        #expect(report.warnings.isEmpty)
    }

    @Test func theOldestThatWaitsComesFirst() {
        var queue = DueQueue()
        #expect(queue.next() == nil)
        var (added, taken): (UInt64, UInt64) = (0, 0)
        for _ in 0..<5000 {
            for _ in 0..<2 {
                queue.add(added)
                added += 1
            }
            #expect(queue.next() == taken)
            taken += 1
        }
        #expect(queue.count == 5000)
        while let time = queue.next() {
            #expect(time == taken)
            taken += 1
        }
        #expect(taken == added && queue.count == 0)
    }
}
