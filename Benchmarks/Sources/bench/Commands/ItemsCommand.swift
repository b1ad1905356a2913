import ArgumentParser

struct ItemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items", abstract: "Mailbox items from one side to the other, each compared, accepted and acknowledged.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var time: TimeOptions
    @Option(help: "Rooms, of two connections each.") var rooms = 200
    @Option(help: "Items on their way in each room (default: 4).") var inFlight: Int?
    @Option(help: "Items a second in all rooms together, at even distances, however long they take.") var rate: Double?
    @Option(help: "Bytes of an item's payload.") var size = 200

    private static let defaultInFlight = 4

    func validate() throws {
        guard self.rooms > 0 else { throw ValidationError("--rooms must be above 0") }
        guard self.inFlight == nil || self.rate == nil else { throw ValidationError("give --in-flight or --rate, not both") }
        guard 1...Items.mostBehind ~= self.inFlight ?? Self.defaultInFlight else {
            throw ValidationError("--in-flight must be from 1 to \(Items.mostBehind)")
        }
        guard self.rate.map({ $0 > 0 && $0 <= 1e6 }) ?? true else { throw ValidationError("--rate must be above 0 and at most 1000000") }
        guard ItemPayload.sizes ~= self.size else {
            throw ValidationError("--size must be from \(ItemPayload.sizes.lowerBound) to \(ItemPayload.sizes.upperBound)")
        }
    }

    func run() throws {
        try requireDescriptors(2 * self.rooms)
        let load: Items.Load
        let way: String
        if let rate = self.rate {
            load = .rate(rate)
            way = "\(Figure.Kind.count.text(rate)) items of \(self.size) bytes a second in all"
        } else {
            let count = self.inFlight ?? Self.defaultInFlight
            load = .inFlight(count)
            way = "\(count) items of \(self.size) bytes in flight each"
        }
        let measurement = SteadyMeasurement(time: self.time) { Items($0, $1, rooms: self.rooms, load: load, bytes: self.size) }
        let run = BenchRun(name: "items", load: "\(self.rooms.grouped) rooms, \(way)", options: self.server)
        try run.execute(measurement.measure)
    }
}
