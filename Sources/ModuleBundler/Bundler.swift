/// Joins ES modules into one file that exports what the entry module exports and imports nothing.
///
/// The declarations of all modules are put into one scope, each module after those that it imports from: the order of evaluation. So
/// whatever could mean something else there is refused: two modules that declare the same name, and a module that mentions a name of
/// another without importing it.
package struct Bundler {
    private var modules: [String: Module] = [:]
    private let entry: String
    private var faults: [BundleFault] = []
    /// Paths, each after those of the modules that it imports from.
    private var order: [String] = []

    /// `files` are the modules' texts by their paths from the folder of the entry module. A file that nothing imports is a fault.
    package static func bundle(entry: String, files: [String: String]) throws(BundleFaults) -> String {
        var bundler = Self(entry: entry)
        bundler.read(files)
        try bundler.throwFaults()
        bundler.visit(entry, from: [])
        bundler.checkReferences()
        bundler.checkNames()
        bundler.checkThatAllAreNeeded()
        try bundler.throwFaults()
        return bundler.text
    }

    private init(entry: String) {
        self.entry = entry
    }

    private mutating func read(_ files: [String: String]) {
        for (path, text) in files {
            do {
                self.modules[path] = try ModuleReader.module(Source(file: path, text: text), isEntry: path == self.entry)
            } catch {
                self.faults.append(error)
            }
        }
        if files[self.entry] == nil { self.faults.append(BundleFault(file: self.entry, line: 1, what: "there is no entry module")) }
    }

    private func throwFaults() throws(BundleFaults) {
        guard !self.faults.isEmpty else { return }
        throw BundleFaults(faults: self.faults.sorted { ($0.file, $0.line, $0.what) < ($1.file, $1.line, $1.what) })
    }

    /// Finds the order, and the cycles; `importers` are the modules whose imports led here.
    private mutating func visit(_ path: String, from importers: [String]) {
        guard let module = self.modules[path], !self.order.contains(path) else { return }
        let trail = importers + [path]
        for reference in module.references {
            if let start = trail.firstIndex(of: reference.path) {
                let cycle = (trail[start...] + [reference.path]).joined(separator: " → ")
                self.faults.append(module.source.fault(at: reference.offset, "modules import each other in a cycle: \(cycle)"))
            } else {
                self.visit(reference.path, from: trail)
            }
        }
        self.order.append(path)
    }

    private mutating func checkReferences() {
        for module in self.modules.values {
            var known: Set<String> = []
            for reference in module.references {
                guard let target = self.modules[reference.path] else {
                    self.faults.append(module.source.fault(at: reference.offset, "there is no \(reference.path)"))
                    continue
                }
                for name in reference.names {
                    let isExported = target.declarations.contains { $0.isExported && $0.name.text == name.text }
                    if !isExported {
                        self.faults.append(module.source.fault(at: name.offset, "\(reference.path) does not export \(name.text)"))
                    }
                    if !known.insert(name.text).inserted {
                        self.faults.append(module.source.fault(at: name.offset, "\(name.text) stands here twice"))
                    }
                }
            }
        }
    }

    private mutating func checkNames() {
        var owners: [String: (path: String, line: Int)] = [:]
        for path in self.modules.keys.sorted() {
            guard let module = self.modules[path] else { continue }
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
        for module in self.modules.values {
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
        for path in self.modules.keys where !self.order.contains(path) {
            self.faults.append(BundleFault(file: path, line: 1, what: "no module imports this one"))
        }
    }

    private var text: String {
        guard let entry = self.modules[self.entry] else { return "" }
        let bodies = self.order.compactMap { path in
            path == self.entry ? nil : self.modules[path].map { "// \(path)\n\n\($0.body)" }
        }
        let names = entry.references.flatMap(\.names).map { "    \($0.text),\n" }.joined()
        return ([entry.head] + bodies + ["export {\n\(names)};"]).filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }
}
