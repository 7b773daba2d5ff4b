import Crypto
import MystelCore
import MystelTunnel

/// Why a tunnel cannot be had with the key that is configured; never what the key is.
struct TunnelKeyFault: Error {
  var message: String
}

extension TunnelSettings {
  /// What a listener's tunnels need.
  ///
  /// - Parameter secret: the text of its key.
  init(_ listener: Configuration.Listener, secret: String) throws(TunnelKeyFault) {
    let tunnel = listener.tunnel
    var keys = HandshakeState.Keys()
    switch (tunnel.suite, KeyText(secret)) {
    case (.nk, .privateKey(let key)), (.ik, .privateKey(let key)): keys.own = key
    case (.psk, .preshared(let key)): keys.preshared = key
    case (.psk, _):
      throw TunnelKeyFault(message: "holds no secret: `mystel tunnel keygen --psk FILE` makes one")
    case (.nk, _), (.ik, _):
      throw TunnelKeyFault(message: "holds no private key: `mystel tunnel keygen FILE` makes one")
    }
    self.init(mode: .init(tunnel.suite), name: listener.name, keys: keys) {
      SymmetricKey(size: .bits256)
    }
    padding = .init(tunnel.padding)
    // Half of what a game's client has for its keys.
    handshakeNanoseconds = 5_000_000_000
    for peer in tunnel.peers {
      guard case .publicKey(let key) = KeyText("\(KeyText.publicWord):\(peer)") else {
        throw TunnelKeyFault(message: "has a peer that is no public key")
      }
      peers.insert(key)
    }
  }
}

extension NoisePattern {
  init(_ suite: Configuration.TunnelAccept.Suite) {
    switch suite {
    case .nk: self = .nk
    case .ik: self = .ik
    case .psk: self = .nnpsk0
    }
  }
}

extension TunnelPadding {
  init(_ padding: Configuration.TunnelAccept.Padding) {
    switch padding {
    case .none: self = .none
    case .block: self = .usualBlock
    case .constantRate: self = .usualRate
    }
  }
}

extension TunnelPadding {
  /// Nil for a word that is none.
  init?(option: String) {
    guard let padding = Configuration.TunnelAccept.Padding(rawValue: option) else { return nil }
    self.init(padding)
  }
}
