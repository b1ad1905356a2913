import ArgumentParser
import RawLoad
import Testing

@testable import bench

@Suite struct ArgumentTests {
    @Test(
        arguments: [
            "session", "session --concurrency 4 --seconds 0.5 --warmup 0 --json", "relay --rooms 1 --in-flight 1 --size 4000",
            "codes --connections 8 --runs 3 --setting A=1 --setting B=", "idle --rounds 3 --after 0",
            "idle --url http://127.0.0.1:1234 --pid 7", "storm --no-jitter --down 0", "session --no-pin",
            "items --in-flight 8 --size 12 --file-store", "items --rate 1000 --rooms 50 --setting STORE_SYNC=full --file-store",
            "reload", "reload --codes 10 --items 10 --rooms 10 --ttl 20 --expire --file-store", "codes --setting STORE=memory",
            "codes --rate 1000 --nodes 2 --engine valkey --aof", "relay --nodes 3 --engine redis --sides together",
            "idle --nodes 2 --engine /no/such/engine --sides gathered", "session --engine redis",
            "engine --engine redis --in-pipeline 1 --aof", "client --sessions 100 --items 1 --lean", "client --program /no/such/program",
        ]) func theseAreTaken(line: String) throws
    {
        _ = try BenchCommand.parseAsRoot(line.split(separator: " ").map(String.init))
    }

    @Test(
        arguments: [
            ("session --concurrency 0", "--concurrency"), ("session --seconds 0", "--seconds"), ("session --warmup -1", "--warmup"),
            ("relay --rooms 0", "--rooms"), ("relay --in-flight 0", "--in-flight"), ("relay --size 31", "--size"),
            ("codes --connections 0", "--connections"), ("idle --connections 3", "even"), ("idle --rounds 0", "--rounds"),
            ("storm --url http://127.0.0.1:1", "--url"), ("storm --seconds 1 --down 2", "--down"), ("session --runs 0", "--runs"),
            ("session --setting A", "NAME=value"), ("session --setting =1", "NAME=value"), ("session --url 127.0.0.1", "--url"),
            ("session --url http://127.0.0.1:1 --server-binary x", "not both"), ("session --pid 1", "--url"),
            ("session --url http://127.0.0.1:1 --runs 2", "--runs"), ("turn", "turn"),
            ("codes --file-store --setting STORE=memory", "not both"), ("codes --file-store --url http://127.0.0.1:1", "--file-store"),
            ("items --rooms 0", "--rooms"), ("items --in-flight 0", "--in-flight"), ("items --in-flight 901", "--in-flight"),
            ("items --in-flight 1 --rate 1", "not both"), ("items --rate 0", "--rate"), ("items --size 11", "--size"),
            ("reload --url http://127.0.0.1:1", "--url"), ("reload --codes 0", "--codes"), ("reload --items 9 --rooms 10", "--items"),
            ("reload --ttl 0", "--ttl"), ("reload --setting ROOM_TTL=5s", "--ttl"), ("reload --setting STORE=memory", "STORE"),
            ("codes --nodes 2", "--engine"), ("codes --aof", "--engine"), ("codes --engine redis --nodes 0", "--nodes"),
            ("codes --engine redis --file-store", "--engine"), ("codes --engine redis --setting STORE=memory", "--engine"),
            ("codes --engine redis --url http://127.0.0.1:1", "--engine"), ("codes --engine redis --sides here", "sides"),
            ("storm --engine redis", "--engine"), ("reload --engine redis", "--engine"), ("codes --rate 0", "--rate"),
            ("engine", "--engine"), ("engine --engine redis --nodes 3", "--nodes"),
            ("engine --engine redis --in-pipeline 0", "--in-pipeline"), ("client --sessions 3", "even"), ("client --items 0", "--items"),
            ("client --seconds 0", "--seconds"), ("client --engine redis", "--engine"),
        ]) func theseAreRefusedForWhatIsWrong(line: String, word: String)
    {
        do {
            _ = try BenchCommand.parseAsRoot(line.split(separator: " ").map(String.init))
            Issue.record("\(line) was taken")
        } catch {
            #expect(BenchCommand.message(for: error).contains(word))
        }
    }

    @Test func connectionsBeyondTheLimitOnOpenFilesAreRefused() throws {
        try requireDescriptors(1)
        #expect(throws: ValidationError.self) { try requireDescriptors(1 << 40) }
    }

    @Test func theNewestBuildIsFound() {
        #expect(ServerBinary.newest(["/no/such/server"]) == nil)
        #expect(ServerBinary.newest(["/no/such/server", #filePath]) == #filePath)
    }
}
