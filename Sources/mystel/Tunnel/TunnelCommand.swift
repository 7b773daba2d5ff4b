import ArgumentParser
import Crypto
import Foundation
import MystelTunnel

/// `mystel tunnel`: keys of the tunnel, and a player's end of it.
struct TunnelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tunnel", abstract: "Make keys of the tunnel, or be a player's end of it.",
    discussion: """
      Experimental. A listener with `tunnel.mode: required` takes nothing but the tunnel; see \
      docs/operating/tunnel.md.
      """,
    subcommands: [KeyGen.self, Fingerprint.self, TunnelClientCommand.self])

  struct KeyGen: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "keygen",
      abstract: "Make a key, in a file that only its owner may read; print its public half.")

    @Argument(help: "The file, which must not be there yet.")
    var file: String

    @Flag(help: "A secret that a closed group shares, in place of a gateway's key.")
    var psk = false

    func run() throws {
      let secret = SymmetricKey(size: .bits256)
      let key: KeyText? =
        psk ? .preshared(secret) : TunnelPrivateKey(secret).map { .privateKey($0) }
      guard let key else { throw ExitCode(70) }
      // The caller's file mode must not matter, and nobody's key is written over.
      let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        StandardError.write("\(file): \(String(cString: strerror(errno)))\n")
        throw ExitCode(73)
      }
      let isWritten = StandardError.write(key.text + "\n", to: descriptor) && fsync(descriptor) == 0
      close(descriptor)
      guard isWritten else {
        unlink(file)
        StandardError.write("\(file) cannot be written\n")
        throw ExitCode(74)
      }
      if case .privateKey(let key) = key { print(KeyText.publicKey(key.publicKey).text) }
    }
  }

  struct Fingerprint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fingerprint",
      abstract: "Print the public half of a key, and a short form of it to compare by voice.")

    @Argument(help: "A file with a key, or a public key.")
    var key: String

    func run() throws {
      let publicKey: TunnelPublicKey
      switch try TunnelKeys.read(key) {
      case .privateKey(let key): publicKey = key.publicKey
      case .publicKey(let key): publicKey = key
      case .preshared:
        StandardError.write("\(key) holds a shared secret, which has no public half\n")
        throw ExitCode(65)
      }
      print(KeyText.publicKey(publicKey).text)
      print(publicKey.fingerprint)
    }
  }
}

/// Keys that commands are given.
enum TunnelKeys {
  /// - Parameter place: a public key as text, or a file with any key.
  static func read(_ place: String) throws -> KeyText {
    if place.hasPrefix(KeyText.publicWord), let key = KeyText(place) { return key }
    guard let bytes = FileManager.default.contents(atPath: place) else {
      StandardError.write("\(place) is no public key, and no file that can be read\n")
      throw ExitCode(66)
    }
    guard bytes.count <= 4096, let key = KeyText(String(decoding: bytes, as: UTF8.self)) else {
      StandardError.write("\(place) holds no key of the tunnel\n")
      throw ExitCode(65)
    }
    return key
  }
}
