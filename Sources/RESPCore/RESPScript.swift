/// A Lua script that an engine is given when a connection opens, and that is called by its digest from then on.
package struct RESPScript: Sendable, Equatable {
    /// For people: in errors and metrics.
    package let name: String
    package let text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// A script's place in the list that a connection is opened with.
package struct ScriptID: Hashable, Sendable {
    package let number: Int

    package init(_ number: Int) { self.number = number }
}
