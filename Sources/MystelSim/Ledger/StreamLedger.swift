import MystelCore
import Synchronization

/// What one end of a session reports when its connection is over.
package struct StreamRecord: Sendable {
  package enum End: String, Sendable { case player, world }

  /// The account name of C_LOGIN_ARBITER; empty where the world never saw one.
  package var account: String
  package var end: End
  package var sent: StreamTrail
  package var received: StreamDigest
  /// Bytes received that never became a packet.
  package var unfinishedBytes: Int
  package var ending: SimEnding

  package init(
    account: String, end: End, sent: StreamTrail, received: StreamDigest, unfinishedBytes: Int,
    ending: SimEnding
  ) {
    self.account = account
    self.end = end
    self.sent = sent
    self.received = received
    self.unfinishedBytes = unfinishedBytes
    self.ending = ending
  }
}

/// How one direction of one player's session compares: what was sent against what arrived.
package enum StreamComparison: Sendable, Equatable {
  /// Every packet arrived, unchanged and in order.
  case exact
  /// The first packets arrived unchanged; `lostPackets` did not arrive at all.
  case prefix(lostPackets: UInt64)
  /// What arrived was never sent like that.
  case differs
  /// The sender's memory does not reach back to where the receiver stopped.
  case unknown

  init(sent: StreamTrail, received: StreamDigest, unfinishedBytes: Int) {
    guard received.packets <= sent.digest.packets else {
      self = .differs
      return
    }
    guard let hash = sent.hash(after: received.packets) else {
      self = .unknown
      return
    }
    guard hash == received.hash else {
      self = .differs
      return
    }
    if received.packets == sent.digest.packets {
      self = unfinishedBytes == 0 ? .exact : .differs
    } else {
      self = .prefix(lostPackets: sent.digest.packets - received.packets)
    }
  }
}

/// Both directions of one account's session.
package struct StreamVerdict: Sendable, Equatable {
  package var account: String
  /// Nil where one of the two ends never reported.
  package var toBackend: StreamComparison?
  package var toClient: StreamComparison?
  /// Neither end saw a reset or an unwished end of stream.
  package var isOrderly: Bool
  package var packets: UInt64
  package var bytes: UInt64

  /// Nothing was changed, added, reordered or lost; of an orderly session's last packets those
  /// may be missing that were still on their way to an end that had closed.
  package var isByteExact: Bool {
    [toBackend, toClient].allSatisfy { comparison in
      switch comparison {
      case .exact: true
      case .prefix: isOrderly
      case .differs, .unknown, nil: false
      }
    }
  }
}

/// Collects the reports of both ends of every session, and compares them by account.
///
/// An account names one session: a player who comes back takes another name.
package final class StreamLedger: Sendable {
  private struct Entry {
    var player: StreamRecord?
    var world: StreamRecord?
    var isAmbiguous = false
  }
  private let entries = Mutex<[String: Entry]>([:])

  package init() {}

  package func record(_ record: StreamRecord) {
    entries.withLock { entries in
      var entry = entries[record.account] ?? Entry()
      switch record.end {
      case .player:
        entry.isAmbiguous = entry.isAmbiguous || entry.player != nil
        entry.player = record
      case .world:
        entry.isAmbiguous = entry.isAmbiguous || entry.world != nil
        entry.world = record
      }
      entries[record.account] = entry
    }
  }

  /// The comparison for one account; an account that neither end reported has no directions.
  package func verdict(for account: String) -> StreamVerdict {
    let entry = entries.withLock { $0[account] } ?? Entry()
    var verdict = StreamVerdict(account: account, isOrderly: false, packets: 0, bytes: 0)
    guard let player = entry.player, let world = entry.world, !entry.isAmbiguous else {
      return verdict
    }
    verdict.toBackend = StreamComparison(
      sent: player.sent, received: world.received, unfinishedBytes: world.unfinishedBytes)
    verdict.toClient = StreamComparison(
      sent: world.sent, received: player.received, unfinishedBytes: player.unfinishedBytes)
    verdict.isOrderly = player.ending == .orderly && world.ending == .orderly
    verdict.packets = world.received.packets &+ player.received.packets
    verdict.bytes = world.received.bytes &+ player.received.bytes
    return verdict
  }
}
