import Foundation
import PackagePlugin

/// Has the files of Web written into a source of the target that it is applied to.
@main
struct EmbedWeb: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let web = context.package.directoryURL.appending(path: "Web")
        let folders = ["client", "demo"].map { web.appending(path: $0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
        // The folders too: a file that comes or goes changes them.
        let inputs = try folders.flatMap { folder in
            [folder] + (try Self.contents(of: folder)) + (try Self.contents(of: folder.appending(path: "modules")))
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "WebFile+All.swift")
        return [
            .buildCommand(
                displayName: "Embedding the files of Web", executable: try context.tool(named: "embed-web").url,
                arguments: [output.path] + folders.map(\.path), inputFiles: inputs, outputFiles: [output])
        ]
    }

    /// Nothing where there is no such folder.
    private static func contents(of folder: URL) throws -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }
}
