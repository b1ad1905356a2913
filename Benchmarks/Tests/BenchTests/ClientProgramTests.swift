import Testing

@testable import bench

@Suite struct ClientProgramTests {
    private func run(_ script: String, _ body: (ClientProgram) throws -> Void) throws {
        let program = try ClientProgram(path: "/bin/sh", arguments: ["-c", script])
        defer { program.kill() }
        try body(program)
    }

    @Test func aPhaseBeginsWhenItIsAskedFor() throws {
        try self.run("echo ready; read line; echo open; read line") { program in
            try program.expect("ready")
            #expect(throws: ClientProgram.Failure.self) { try program.expect("open", within: 0.05) }
            try program.proceed()
            try program.expect("open")
        }
    }

    @Test(arguments: ["echo other; read line", "exit 1", "printf ready"]) func anotherWordOrNoneIsAFailure(script: String) throws {
        try self.run(script) { program in
            #expect(throws: ClientProgram.Failure.self) { try program.expect("ready", within: 20) }
        }
    }

    @Test func aProgramThatIsNotThereIsSaidToBeMissing() {
        #expect(throws: ClientProgram.Failure.self) { try ClientProgram(path: "/no/such/program", arguments: []) }
    }
}
