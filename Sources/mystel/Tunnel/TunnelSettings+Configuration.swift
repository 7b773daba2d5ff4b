import Crypto
import MystelCore
import MystelTunnel

/// Why a tunnel cannot be had with the key that is configured; never what the key is.
struct TunnelKeyFault: Error {
  var message: String

  init(message: String) { self.message = message }

  /// - Parameters:
  ///   - holds: what was found where a private key, or a group's secret, is wanted.
  ///   - isShared: whether it is the secret that is wanted.
  init(source: SecretSource?, holds found: KeyText?, isShared: Bool = false) {
    let what =
      switch found {
      case .privateKey: "a gateway's private key"
      case .publicKey: "a public key"
      case .preshared: "a group's secret"
      case nil: "no key of the tunnel"
      }
    let (wanted, option) = isShared ? ("secret of a group", "--psk ") : ("private key", "")
    message = """
      \(source.map { "\($0) " } ?? "")holds \(what), and no \(wanted): `mystel tunnel keygen \(option)FILE` \
      makes one, in a new file
      """
  }
}

extension TunnelSettings {
  /// What a listener's tunnels need.
  ///
  /// - Parameter secret: the text of its key.
  init(_ listener: Configuration.Listener, secret: String) throws(TunnelKeyFault) {
    let tunnel = listener.tunnel
    var keys = HandshakeState.Keys()
    let key = KeyText(secret)
    switch (tunnel.suite, key) {
    case (.nk, .privateKey(let key)), (.ik, .privateKey(let key)): keys.own = key
    case (.psk, .preshared(let key)): keys.preshared = key
    case (.psk, _): throw TunnelKeyFault(source: tunnel.key, holds: key, isShared: true)
    case (.nk, _), (.ik, _): throw TunnelKeyFault(source: tunnel.key, holds: key)
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

extension TunnelSettings {
  /// What a tunnel to the gateway behind a backend needs.
  ///
  /// - Parameter secret: the text of this gateway's own key.
  init(_ backend: Configuration.Backend, secret: String) throws(TunnelKeyFault) {
    let key = KeyText(secret)
    guard case .privateKey(let own) = key else {
      throw TunnelKeyFault(source: backend.tunnel.key, holds: key)
    }
    guard let peer = backend.tunnel.peer, let name = backend.tunnel.name,
      case .publicKey(let remote) = KeyText("\(KeyText.publicWord):\(peer)")
    else { throw TunnelKeyFault(message: "has a peer that is no public key, or no name") }
    self.init(mode: .ik, name: name, keys: HandshakeState.Keys(own: own, remote: remote)) {
      SymmetricKey(size: .bits256)
    }
    // Half of what a game's client has for its keys.
    handshakeNanoseconds = 5_000_000_000
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
