import ArgumentParser
import ServerApp

@main
enum Main {
    static func main() async { await RootCommand.main() }
}
