/// Why a store cannot be opened, or a command cannot read it. It is the end of a line that begins with the file's name.
package struct StoreFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong: it follows the file's name and a colon.
    package let what: String
    package let advice: String

    init(_ what: String, _ advice: String) {
        self.what = what
        self.advice = advice
    }

    package var description: String { "\(self.what); \(self.advice)" }
}

extension StoreFault {
    init(_ fault: DatabaseFault) { self.init(fault.what, fault.advice) }

    static func directory(_ folder: String, _ problem: String, _ advice: String) -> StoreFault {
        StoreFault("the directory \(folder) \(problem)", advice)
    }

    static let notADatabase = StoreFault("is not a database, and is left as it is", "name another file, or move this one away")
    static let foreign = StoreFault("is a database of another program, and is left as it is", "name another file")

    static func newer(_ version: Int64) -> StoreFault {
        StoreFault(
            "is of format \(version), and this server knows formats up to \(StoreFormat.version)",
            "run the server that wrote it, or a newer one")
    }

    static func held(by pid: String) -> StoreFault {
        StoreFault("another process\(pid.isEmpty ? "" : " (pid \(pid))") has it open", "stop that one first")
    }
}
