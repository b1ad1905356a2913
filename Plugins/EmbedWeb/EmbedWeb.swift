import Foundation
import PackagePlugin

/// Has the files of Web written into a source of the target that it is applied to.
@main
struct EmbedWeb: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let web = context.package.directoryURL.appending(path: "Web")
        let folders = ["client", "demo"].map { web.appending(path: $0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
        // The folders too: a file that comes or goes changes them.
        let inputs = try folders + folders.flatMap { try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) }
        let output = context.pluginWorkDirectoryURL.appending(path: "WebFile+All.swift")
        return [
            .buildCommand(
                displayName: "Embedding the files of Web", executable: try context.tool(named: "embed-web").url,
                arguments: [output.path] + folders.map(\.path), inputFiles: inputs, outputFiles: [output])
        ]
    }
}
