import ArgumentParser
import MystelConfig

/// What this binary is.
enum Version {
  static let number = "0.2.0"
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
    commandName: "version", abstract: "Print the version, and the builds and the hash of the packs."
  )

  func run() {
    print(Version.text)
    let packs = PackLoader.embedded()
    let builds = packs.packs.map { String($0.build) }.joined(separator: ", ")
    print("packs \(packs.contentHash): builds \(builds)")
  }
}
