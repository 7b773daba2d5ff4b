import Crypto
import MystelSim
import MystelTunnel

/// A key, what a gateway's listener needs to be reached by the tunnel, and what players need.
struct BenchTunnel {
  /// The file that the gateway reads its key from.
  let keyFile: String
  let gateway: TunnelSettings
  let players: TunnelSettings

  /// - Parameters:
  ///   - name: the listener's.
  ///   - directory: where to leave the key's file.
  init(name: String = "bench", directory: String) throws(BenchFailure) {
    guard let key = TunnelPrivateKey(SymmetricKey(size: .bits256)) else {
      throw BenchFailure("no key")
    }
    keyFile = "\(directory)/tunnel.key"
    try Files.put(KeyText.privateKey(key).text + "\n", at: keyFile)
    let random: @Sendable () -> SymmetricKey = { SymmetricKey(size: .bits256) }
    gateway = TunnelSettings(mode: .nk, name: name, keys: .init(own: key), random: random)
    players = TunnelSettings(
      mode: .nk, name: name, keys: .init(remote: key.publicKey), random: random)
  }
}

/// The player's end of one session's tunnel, between the generator's queues and its socket.
final class LoadTunnel {
  private var tunnel: TunnelInitiator
  private var output = TunnelOutput()

  init(_ settings: TunnelSettings) {
    tunnel = TunnelInitiator(settings, now: Machine.now())
    tunnel.start(output: &output)
  }

  /// Seals all that the queue holds, and sends what the kernel takes. - Returns: false where the
  /// connection is gone.
  func flush(_ queue: inout ByteQueue, to socket: Socket) -> Bool {
    while queue.unsentBytes > 0 {
      _ = queue.send { bytes in
        tunnel.send(bytes.bytes, now: Machine.now(), output: &output)
        return bytes.count
      }
    }
    guard !output.wire.isEmpty else { return output.fault == nil }
    let count = socket.transmit(output.wire.span)
    output.wire.removeFirst(max(0, count))
    return count >= 0 && output.fault == nil
  }

  /// What received bytes hold; nil where the tunnel is at fault. Flush after it.
  func receive(_ bytes: Span<UInt8>) -> [UInt8]? {
    tunnel.receive(bytes.bytes, now: Machine.now(), output: &output)
    defer { output.plain.removeAll(keepingCapacity: true) }
    return output.fault == nil ? output.plain : nil
  }
}
