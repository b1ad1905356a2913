import Testing

@testable import ServerUnderTest

@Suite struct EngineTests {
    private let common = [
        "# Server", "redis_version:7.2.4", "# Memory", "used_memory:1048576", "used_memory_human:1.00M", "# CPU",
        "used_cpu_sys:9.000000", "used_cpu_user:9.000000", "used_cpu_sys_main_thread:0.250000", "used_cpu_user_main_thread:1.500000",
        "# Commandstats", "cmdstat_hget:calls=9,usec=9,usec_per_call=1.00,rejected_calls=0,failed_calls=0",
    ]
    private let calls = "cmdstat_evalsha:calls=200,usec=3000,usec_per_call=15.00,rejected_calls=0,failed_calls=0"

    @Test func figuresAreThoseOfTheMainThreadAndOfScripts() throws {
        let figures = try #require(EngineFigures(info: (self.common + [self.calls]).joined(separator: "\r\n")))
        #expect(figures.name == "redis 7.2.4")
        #expect(figures.mainThreadSeconds == 1.75 && figures.usedMemory == 1_048_576)
        #expect(figures.scriptCalls == 200 && abs(figures.scriptSeconds - 0.003) < 1e-9)
    }

    @Test func valkeyIsKnownByItsOwnVersion() throws {
        let lines = self.common + ["valkey_version:8.0.1"]
        let figures = try #require(EngineFigures(info: lines.joined(separator: "\r\n")))
        #expect(figures.name == "valkey 8.0.1" && figures.scriptCalls == 0)
    }

    @Test func whatLacksAFieldIsNoEngineToMeasure() {
        for field in ["redis_version", "used_memory:", "used_cpu_sys_main", "used_cpu_user_main"] {
            #expect(EngineFigures(info: self.common.filter { !$0.hasPrefix(field) }.joined(separator: "\r\n")) == nil)
        }
    }

    @Test func aReplyIsReadWhenItIsWhole() throws {
        let reply = Array("*5\r\n$5\r\nhello\r\n:-7\r\n$-1\r\n*2\r\n+OK\r\n-ERR no\r\n*0\r\n".utf8)
        for count in 0..<reply.count { #expect(try EngineReply.read(reply[..<count]) == nil) }
        let (read, count) = try #require(try EngineReply.read((reply + Array(":1".utf8))[...]))
        #expect(read == .list([.text("hello"), .integer(-7), .none, .list([.text("OK"), .error("ERR no")]), .list([])]))
        #expect(count == reply.count)
        #expect(read[0]?.text == "hello" && read[5] == nil && EngineReply.none[0] == nil)
        for fault in ["x\r\n", "$x\r\n", "*-2\r\n", ":\r\n", "*99999999\r\n"] {
            #expect(throws: EngineFault.self) { try EngineReply.read(Array(fault.utf8)[...]) }
        }
    }

    @Test func commandsAreReadAsTheyWereSent() {
        #expect(EngineClient.command(["GET", "é"]) == Array("*2\r\n$3\r\nGET\r\n$2\r\né\r\n".utf8))
        let line = #"1700000000.123456 [0 127.0.0.1:1234] "evalsha" "ab" "" "a \"b\" \\ \x00\r\n[1]""#
        #expect(EngineMonitor.command(line) == ["evalsha", "ab", "", "a \"b\" \\ \0\r\n[1]"])
        #expect(EngineMonitor.command(#"1700000000.123456 [0 lua] "get" "a""#).isEmpty)
        #expect(EngineMonitor.command("OK").isEmpty)
    }

    @Test func nobodyListensAtAFreePort() throws {
        let port = try #require(FreePort.find())
        #expect(1024...65_535 ~= port)
        #expect(throws: EngineFault.self) { try EngineClient(port: port) }
    }

    @Test func sumsAreOverAllProcesses() throws {
        let memory = try #require(ProcessMemory(status: "VmHWM: 3 kB\nVmRSS: 2 kB\nRssAnon: 1 kB\n"))
        let both = try #require(ProcessMemory.sum([memory, memory]))
        #expect((both.peak, both.resident, both.anonymous) == (6144, 4096, 2048))
        #expect(ProcessMemory.sum([]) == nil && ProcessorTime.sum([]) == nil)
        let time = try #require(
            ProcessorTime.sum([
                ProcessorTime(user: 1, system: 0.5, scheduled: 1.501), ProcessorTime(user: 2, system: 0.5, scheduled: 2.502),
            ]))
        #expect(abs(time.total - 4.003) < 1e-9)
        // Without the fine count of one there is none of both.
        let coarse = try #require(
            ProcessorTime.sum([ProcessorTime(user: 1, system: 1, scheduled: 2.05), ProcessorTime(user: 1, system: 0)]))
        #expect(coarse.total == 3)
    }
}
