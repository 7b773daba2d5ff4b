import ArgumentParser
import MystelConfig

/// `mystel schema`: describes the configuration file, to an editor or to a reader.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of the configuration file, for editors.")

  @Flag(name: .long, help: "Print the reference page of every key, in Markdown, instead.")
  var reference = false

  func run() {
    print(reference ? configurationReference() : configurationSchema(), terminator: "")
  }
}
