/// A label's values: a closed set numbered from 0, so that no client can create a series and counting is an array access.
@usableFromInline package protocol LabelSet: Sendable, RawRepresentable where RawValue == Int {
    /// Indexed by raw value.
    static var names: [String] { get }
}

/// A closed set of numbers, with `other` for the rest.
package struct NumberLabel<Numbers: NumberSet>: LabelSet {
    package let rawValue: Int

    package init?(rawValue: Int) {
        guard (0...Numbers.numbers.count).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    package init(_ number: Int) {
        self.rawValue = Numbers.index(of: number) ?? Numbers.numbers.count
    }

    package static var names: [String] { Numbers.numbers.map(String.init) + ["other"] }
}

package protocol NumberSet: Sendable {
    static var numbers: [Int] { get }
    /// The index of a number in `numbers`.
    static func index(of number: Int) -> Int?
}

extension NumberSet {
    package static func index(of number: Int) -> Int? { self.numbers.firstIndex(of: number) }
}

/// One counter for each value of a label.
@usableFromInline package struct Counts<Label: LabelSet>: Sendable {
    @usableFromInline package internal(set) var values = [Int](repeating: 0, count: Label.names.count)

    package init() {}

    @inlinable package subscript(label: Label) -> Int {
        get { self.values[label.rawValue] }
        set { self.values[label.rawValue] = newValue }
    }

    package mutating func add(_ other: Counts) {
        for index in self.values.indices { self.values[index] += other.values[index] }
    }
}
