import Foundation
import PackagePlugin

/// Writes the files of Web into a source file of the target that it is applied to.
@main
struct EmbedWeb: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let web = context.package.directoryURL.appending(path: "Web")
        let folders = ["client", "demo", "interface"].map { web.appending(path: $0) }.filter {
            FileManager.default.fileExists(atPath: $0.path)
        }
        // The folders are inputs too: a new or removed file changes them.
        let inputs = try folders.flatMap { folder in [folder] + (try Self.contents(of: folder)) }
        let output = context.pluginWorkDirectoryURL.appending(path: "WebFile+All.swift")
        return [
            .buildCommand(
                displayName: "Embedding the files of Web", executable: try context.tool(named: "embed-web").url,
                arguments: [output.path] + folders.map(\.path), inputFiles: inputs, outputFiles: [output])
        ]
    }

    /// What a folder holds, and the folders in it.
    private static func contents(of folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey]).flatMap { item in
            let isFolder = try item.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
            return [item] + (isFolder ? try Self.contents(of: item) : [])
        }
    }
}
