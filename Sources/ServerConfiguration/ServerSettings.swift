/// Everything an operator can choose, checked and typed: a property for each row of the catalogue, with the row's name there and its
/// default as initial value.
@dynamicMemberLookup
package struct ServerSettings: Sendable, Equatable {
    /// By variable; a missing value is the default.
    private var values: [String: any Sendable] = [:]

    package init() {}

    package subscript<Value>(dynamicMember row: KeyPath<SettingsCatalogue, Setting<Value>>) -> Value {
        get { self[SettingsCatalogue.rows[keyPath: row]] }
        set { self[SettingsCatalogue.rows[keyPath: row]] = newValue }
    }

    subscript<Value>(setting: Setting<Value>) -> Value {
        get { (self.values[setting.name] as? Held<Value>)?.value ?? setting.standard }
        set { self.values[setting.name] = Held(value: newValue) }
    }

    package static func == (one: Self, other: Self) -> Bool {
        SettingsCatalogue.all.allSatisfy { $0.isEqual(in: one, and: other) }
    }
}

/// Wraps a value, since a cast looks through an optional.
private struct Held<Value: Sendable>: Sendable {
    let value: Value
}
