/// Joins ES modules into files, one for each entry module: it exports what the entry module exports, and imports from other entry modules
/// alone.
///
/// The declarations of all modules that an entry module leads to are put into one scope, each module after those that it imports from: the
/// order of evaluation. So whatever could mean something else there is refused: two modules that declare the same name, and a module that
/// mentions a name of another without importing it.
package struct Bundler {
    private var modules: [String: Module] = [:]
    /// In the order of their names.
    private let entries: [String]
    /// Files that are served beside the joined ones, as they are.
    private let assets: Set<String>
    private var faults: [BundleFault] = []
    /// For each entry module: paths, each after those of the modules that it imports from.
    private var orders: [String: [String]] = [:]

    /// - Parameters:
    ///   - files: The modules' texts by their paths from the folder of the entry modules. A file that nothing imports is a fault.
    ///   - assets: Names of files in that folder whose addresses modules may ask for.
    /// - Returns: The joined files by the names of the entry modules.
    package static func bundle(
        entries: Set<String>, assets: Set<String> = [], files: [String: String]
    ) throws(BundleFaults) -> [String: String] {
        var bundler = Self(entries: entries.sorted(), assets: assets)
        bundler.read(files)
        try bundler.throwFaults()
        for entry in bundler.entries { bundler.visit(entry, of: entry, from: []) }
        bundler.checkReferences()
        bundler.checkLoads()
        bundler.checkEntries()
        for entry in bundler.entries { bundler.checkNames(of: entry) }
        bundler.checkThatAllAreNeeded()
        try bundler.throwFaults()
        return Dictionary(uniqueKeysWithValues: bundler.entries.map { ($0, bundler.text(of: $0)) })
    }

    private init(entries: [String], assets: Set<String>) {
        self.entries = entries
        self.assets = assets
    }

    private mutating func read(_ files: [String: String]) {
        for (path, text) in files {
            do {
                self.modules[path] = try ModuleReader.module(Source(file: path, text: text), isEntry: self.entries.contains(path))
            } catch {
                self.faults.append(error)
            }
        }
        for entry in self.entries where files[entry] == nil {
            self.faults.append(BundleFault(file: entry, line: 1, what: "there is no entry module"))
        }
    }

    private func throwFaults() throws(BundleFaults) {
        guard !self.faults.isEmpty else { return }
        // What two entry modules lead to is found twice.
        let sorted = self.faults.sorted { ($0.file, $0.line, $0.what) < ($1.file, $1.line, $1.what) }
        throw BundleFaults(faults: sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] })
    }

    /// Finds the order, and the cycles; `importers` are the modules whose imports led here.
    private mutating func visit(_ path: String, of entry: String, from importers: [String]) {
        guard let module = self.modules[path], self.orders[entry]?.contains(path) != true else { return }
        let trail = importers + [path]
        for reference in module.references {
            if let start = trail.firstIndex(of: reference.path) {
                let cycle = (trail[start...] + [reference.path]).joined(separator: " → ")
                self.faults.append(module.source.fault(at: reference.offset, "modules import each other in a cycle: \(cycle)"))
            } else if !self.entries.contains(reference.path) {
                self.visit(reference.path, of: entry, from: trail)
            }
        }
        self.orders[entry, default: []].append(path)
    }

    /// The modules of a joined file, in its order.
    private func members(of entry: String) -> [(path: String, module: Module)] {
        (self.orders[entry] ?? []).compactMap { path in self.modules[path].map { (path, $0) } }
    }

    // MARK: - Checks

    private mutating func checkReferences() {
        for module in self.modules.values {
            var known: Set<String> = []
            for reference in module.references {
                guard let target = self.modules[reference.path] else {
                    self.faults.append(module.source.fault(at: reference.offset, "there is no \(reference.path)"))
                    continue
                }
                for name in reference.names {
                    if !self.exports(of: target, at: reference.path).contains(name.text) {
                        self.faults.append(module.source.fault(at: name.offset, "\(reference.path) does not export \(name.text)"))
                    }
                    if !known.insert(name.text).inserted {
                        self.faults.append(module.source.fault(at: name.offset, "\(name.text) stands here twice"))
                    }
                }
            }
        }
    }

    private func exports(of module: Module, at path: String) -> Set<String> {
        self.entries.contains(path)
            ? Set(module.references.flatMap(\.names).map(\.text)) : Set(module.declarations.filter(\.isExported).map(\.name.text))
    }

    private mutating func checkLoads() {
        for module in self.modules.values {
            for load in module.loads where !self.entries.contains(load.path) && !self.assets.contains(load.path) {
                self.faults.append(module.source.fault(at: load.offset, "\(load.path) is no file of its own"))
            }
        }
    }

    /// A class that is in two files is two classes: what one has made is nothing to the other.
    private mutating func checkEntries() {
        var owners: [String: String] = [:]
        for entry in self.entries {
            for (path, module) in self.members(of: entry) where path != entry {
                if let owner = owners[path], let name = module.declarations.first(where: \.isClass)?.name {
                    let what = "the class \(name.text) would be in \(owner) and in \(entry): import it from one of them"
                    self.faults.append(module.source.fault(at: name.offset, what))
                }
                owners[path] = entry
            }
            guard let module = self.modules[entry] else { continue }
            for reference in module.references where self.entries.contains(reference.path) && reference.path != entry {
                let what = "an entry module exports what its own modules declare: \(reference.path) is another one"
                self.faults.append(module.source.fault(at: reference.offset, what))
            }
            self.checkCycle(from: entry)
        }
    }

    /// Files that import each other would be evaluated before what they need.
    private mutating func checkCycle(from entry: String) {
        var (reached, open): (Set<String>, [String]) = ([], [entry])
        while let next = open.popLast() {
            for (_, module) in self.members(of: next) {
                for reference in module.references where self.entries.contains(reference.path) && reference.path != next {
                    if reference.path == entry {
                        let what = "\(next) and \(entry) would import each other"
                        self.faults.append(module.source.fault(at: reference.offset, what))
                    } else if reached.insert(reference.path).inserted {
                        open.append(reference.path)
                    }
                }
            }
        }
    }

    private mutating func checkNames(of entry: String) {
        let members = self.members(of: entry).sorted { $0.path < $1.path }
        var owners: [String: (path: String, line: Int)] = [:]
        for (_, module) in members {
            for reference in module.references where self.entries.contains(reference.path) && reference.path != entry {
                for name in reference.names { owners[name.text] = (reference.path, 1) }
            }
        }
        for (path, module) in members {
            for declaration in module.declarations {
                let name = declaration.name
                if let owner = owners[name.text] {
                    let what = "\(name.text) is declared at the top level of \(owner.path) too, in line \(owner.line)"
                    self.faults.append(module.source.fault(at: name.offset, what))
                } else {
                    owners[name.text] = (path, module.source.line(at: name.offset))
                }
            }
        }
        for (_, module) in members {
            // Only the first mention of a name is reported.
            var known = Set(module.references.flatMap(\.names).map(\.text)).union(module.declarations.map(\.name.text))
            for name in module.mentions {
                guard let owner = owners[name.text], known.insert(name.text).inserted else { continue }
                let what = "\(name.text) is declared at the top level of \(owner.path): import it, or take another name here"
                self.faults.append(module.source.fault(at: name.offset, what))
            }
        }
    }

    private mutating func checkThatAllAreNeeded() {
        let needed = Set(self.orders.values.joined())
        for path in self.modules.keys where !needed.contains(path) {
            self.faults.append(BundleFault(file: path, line: 1, what: "no module imports this one"))
        }
    }

    // MARK: - The joined file

    private func text(of entry: String) -> String {
        guard let head = self.modules[entry] else { return "" }
        let members = self.members(of: entry).filter { $0.path != entry }
        let bodies = members.map { path, module in "// \(path)\n\n\(module.body)" }
        let names = head.references.flatMap(\.names).map { "    \($0.text),\n" }.joined()
        return ([head.head, self.imports(of: members.map(\.module))] + bodies + ["export {\n\(names)};"])
            .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// What the modules import from other entry modules, each name once.
    private func imports(of modules: [Module]) -> String {
        var names: [String: Set<String>] = [:]
        for reference in modules.flatMap(\.references) where self.entries.contains(reference.path) {
            names[reference.path, default: []].formUnion(reference.names.map(\.text))
        }
        return names.sorted { $0.key < $1.key }
            .map { path, names in "import { \(names.sorted().joined(separator: ", ")) } from \"./\(path)\";" }.joined(separator: "\n")
    }
}
