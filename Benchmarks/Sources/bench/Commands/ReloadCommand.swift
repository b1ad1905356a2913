import ArgumentParser

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "A server whose store is full is killed and started again: how long until it listens.")

    @OptionGroup var server: ServerOptions
    @Option(help: "Codes that are live at the kill.") var codes = 100_000
    @Option(help: "Items in mailboxes.") var items = 100_000
    @Option(help: "Rooms that the items are in.") var rooms = 1000
    @Option(help: "Bytes of an item's payload.") var size = 32
    @Option(help: "Seconds that codes and rooms live (ROOM_TTL): longer than it takes to make them.") var ttl = 600
    @Flag(help: "Wait until all has expired, and tell what the file takes then.") var expire = false

    func validate() throws {
        guard self.server.url == nil else { throw ValidationError("reload kills the server, so it starts its own: leave out --url") }
        guard self.server.shared.engine == nil else { throw ValidationError("reload is for one server: leave out --engine") }
        let settings = self.server.serverSettings(for: [:])
        for name in ["STORE", "ROOM_TTL"] where settings[name] != nil {
            throw ValidationError("reload sets \(name) itself" + (name == "STORE" ? "" : ": give --ttl"))
        }
        guard 1...5_000_000 ~= self.codes else { throw ValidationError("--codes must be from 1 to 5000000, the most that may be live") }
        guard self.rooms > 0, self.items >= self.rooms else { throw ValidationError("--rooms must be above 0, --items not below it") }
        guard ItemPayload.sizes ~= self.size else {
            throw ValidationError("--size must be from \(ItemPayload.sizes.lowerBound) to \(ItemPayload.sizes.upperBound)")
        }
        guard 1...86_400 ~= self.ttl else { throw ValidationError("--ttl must be from 1 to 86400") }
    }

    func run() throws {
        try requireDescriptors(256)
        var options = self.server
        options.fileStore = true
        let reload = Reload(
            codes: self.codes, items: self.items, rooms: self.rooms, bytes: self.size, life: self.ttl, waitsForExpiry: self.expire)
        let load = "\(self.codes.grouped) codes, and \(self.items.grouped) items of \(self.size) bytes in \(self.rooms.grouped) rooms"
        // Eight digits, of which even five million codes take a small part.
        let needs = ["CODE_DIGITS": "8", "ROOM_TTL": "\(self.ttl)s"]
        try BenchRun(name: "reload", load: load, options: options, needs: needs).execute(reload.measure)
    }
}
