import ArgumentParser
import MystelConfig

/// `mystel import`: the configuration of another proxy as one of ours.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Print the configuration of another TERA proxy as one of this program.",
    discussion: """
      Reads a file and changes nothing. The result is a complete configuration with comments on what has \
      no counterpart; what must be known before it is used stands on standard error, too. Exit status 78 \
      where the file cannot be used, with every reason.
      """,
    subcommands: [TeraProxyServer.self, TeraServerProxy.self])

  struct TeraProxyServer: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: ProxyImport.Program.teraProxyServer.rawValue,
      abstract: "The config.json of tera-proxy-server (Node.js).")

    @Argument(help: "The file.")
    var file: String

    func run() throws { try ImportCommand.print(file, .teraProxyServer) }
  }

  struct TeraServerProxy: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: ProxyImport.Program.teraServerProxy.rawValue,
      abstract: "The Config/config.json of tera-server-proxy (.NET).")

    @Argument(help: "The file.")
    var file: String

    func run() throws { try ImportCommand.print(file, .teraServerProxy) }
  }

  private static func print(_ path: String, _ program: ProxyImport.Program) throws {
    do throws(ConfigurationProblems) {
      let made = try ProxyImport.read(path: path, of: program)
      for note in made.notes { StandardError.write("note: \(note)\n") }
      Swift.print(made.yaml, terminator: "")
    } catch {
      StandardError.write("\(error)\n")
      throw ExitCode(ConfigurationProblems.exitStatus)
    }
  }
}
