import CSQLite
import NIOCore

/// A value that is written.
enum SQLValue {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case buffer(ByteBuffer)
}

/// A statement that was prepared once and is run again and again.
final class Statement {
    private let database: Database
    private let handle: OpaquePointer

    init(_ text: String, in database: Database) throws(DatabaseFault) {
        var handle: OpaquePointer?
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { csq_prepare(database.handle, $0.baseAddress, Int32($0.count), &handle) }
        }
        guard code == csq_ok, let handle else { throw database.fault }
        self.database = database
        self.handle = handle
    }

    deinit { csq_finalize(self.handle) }

    // MARK: - Running

    /// Runs it to its end.
    func run(_ values: SQLValue...) throws(DatabaseFault) {
        try self.bind(values)
        defer { csq_reset(self.handle) }
        while try self.step() {}
    }

    /// The first value of the first row, if there is one and it is a number.
    func number(_ values: SQLValue...) throws(DatabaseFault) -> Int64? {
        try self.bind(values)
        defer { csq_reset(self.handle) }
        guard try self.step() else { return nil }
        return try self.optionalInteger(0)
    }

    /// The first text of the first row, if there is one.
    func firstText() throws(DatabaseFault) -> String? {
        defer { csq_reset(self.handle) }
        return try self.step() ? try self.text(0) : nil
    }

    /// Calls this for each row.
    func forEachRow(_ values: SQLValue..., body: () throws(DatabaseFault) -> Void) throws(DatabaseFault) {
        try self.bind(values)
        defer { csq_reset(self.handle) }
        while try self.step() { try body() }
    }

    /// Goes to the next row; false behind the last one.
    private func step() throws(DatabaseFault) -> Bool {
        switch csq_step(self.handle) {
        case csq_row: return true
        case csq_done: return false
        default: throw self.database.fault
        }
    }

    private func bind(_ values: [SQLValue]) throws(DatabaseFault) {
        var index: Int32 = 0
        for value in values {
            index += 1
            guard self.bind(value, at: index) == csq_ok else { throw self.database.fault }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        // Each pointer is used only within its closure, and what it leads to is copied there. Counts are below 2 GiB: SQLite refuses values
        // of more than 1 GB, and no message is that long.
        switch value {
        case .null: csq_bind_null(self.handle, index)
        case .integer(let number): csq_bind_integer(self.handle, index, number)
        case .real(let number): csq_bind_real(self.handle, index, number)
        case .text(var text): text.withUTF8 { csq_bind_text(self.handle, index, $0.baseAddress, Int32($0.count)) }
        case .bytes(let bytes): bytes.withUnsafeBytes { csq_bind_blob(self.handle, index, $0.baseAddress, Int32($0.count)) }
        case .buffer(let buffer): buffer.withUnsafeReadableBytes { csq_bind_blob(self.handle, index, $0.baseAddress, Int32($0.count)) }
        }
    }

    // MARK: - The row it is at

    func integer(_ column: Int32) throws(DatabaseFault) -> Int64 {
        try self.expect(csq_integer, column)
        return csq_column_integer(self.handle, column)
    }

    func optionalInteger(_ column: Int32) throws(DatabaseFault) -> Int64? {
        self.isNull(column) ? nil : try self.integer(column)
    }

    func real(_ column: Int32) throws(DatabaseFault) -> Double {
        try self.expect(csq_float, column)
        return csq_column_real(self.handle, column)
    }

    func text(_ column: Int32) throws(DatabaseFault) -> String {
        try self.expect(csq_text, column)
        guard let text = self.withBytes(column, { String(validating: $0, as: UTF8.self) }) else {
            throw DatabaseFault(.damaged, "a text that is not UTF-8")
        }
        return text
    }

    func bytes(_ column: Int32) throws(DatabaseFault) -> [UInt8] {
        try self.expect(csq_blob, column)
        return self.withBytes(column) { Array($0) }
    }

    func buffer(_ column: Int32) throws(DatabaseFault) -> ByteBuffer {
        try self.expect(csq_blob, column)
        return self.withBytes(column) { ByteBuffer(bytes: $0) }
    }

    func isNull(_ column: Int32) -> Bool { csq_column_type(self.handle, column) == csq_null }

    private func expect(_ type: Int32, _ column: Int32) throws(DatabaseFault) {
        let found = csq_column_type(self.handle, column)
        // Where memory runs out, a value looks like a null.
        guard found == type else { throw DatabaseFault(.damaged, "a value of another type than its column's") }
    }

    private func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = csq_column_bytes(self.handle, column)
        let count = Int(csq_column_count(self.handle, column))
        // SQLite keeps the bytes until the statement goes on, and a null pointer has none.
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}
