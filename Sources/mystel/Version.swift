import ArgumentParser

/// What this binary is.
enum Version {
  static let number = "0.1.0"
  static var text: String { "mystel \(number) (Swift, \(platform))" }

  private static var platform: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "aarch64"
    #else
      "unknown architecture"
    #endif
  }
}

/// `mystel version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.")

  func run() { print(Version.text) }
}
