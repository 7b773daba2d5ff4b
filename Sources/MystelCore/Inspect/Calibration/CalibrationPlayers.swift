/// Who plays, as far as it shows: where the server names no account, each session is a player.
package enum CalibrationPlayer: Hashable, Sendable {
  case account(UInt64)
  /// By its number.
  case session(UInt64)
}

/// Some of the players of a `CalibrationPlayers`, by their places in it.
package struct PlayerSet: Sendable, Equatable {
  private var words: [UInt64] = []

  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  mutating func insert(_ place: Int) {
    let word = place >> 6
    if word >= words.count { words += [UInt64](repeating: 0, count: word + 1 - words.count) }
    words[word] |= 1 << UInt64(place & 63)
  }

  mutating func formUnion(_ other: PlayerSet) {
    for (index, word) in other.words.enumerated() where word != 0 {
      if index >= words.count { words += [UInt64](repeating: 0, count: index + 1 - words.count) }
      words[index] |= word
    }
  }

  /// The same players at other places.
  func moved(to places: [Int]) -> PlayerSet {
    var moved = PlayerSet()
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        moved.insert(places[index << 6 + rest.trailingZeroBitCount])
        rest &= rest - 1
      }
    }
    return moved
  }
}

/// What sessions needed, as the lowest limits that would have held back nobody.
package struct SessionNeeds: Sendable, Equatable {
  /// In movement packets: see `PaceProfile`.
  package var packetsPerSecond = 0.0
  package var bytesPerSecond = 0.0

  mutating func raise(to other: SessionNeeds) {
    packetsPerSecond = max(packetsPerSecond, other.packetsPerSecond)
    bytesPerSecond = max(bytesPerSecond, other.bytesPerSecond)
  }
}

/// Players that were learnt from; bounded.
package struct CalibrationPlayers: Sendable, Equatable {
  /// Players that are told apart. All further ones count as one, so that whatever hits them hits
  /// somebody.
  package static let most = 8192

  /// The most that any session of each needed, by place.
  package private(set) var needs: [SessionNeeds] = []
  private var places: [CalibrationPlayer: Int] = [:]
  /// Whether the last place is that of all further players.
  package private(set) var hasMore = false

  package var count: Int { needs.count }

  /// The place of a player, who needed this much in a session.
  mutating func add(_ player: CalibrationPlayer, _ needed: SessionNeeds) -> Int {
    if let place = places[player] {
      needs[place].raise(to: needed)
      return place
    }
    guard places.count < Self.most - 1 else { return addToOthers(needed) }
    places[player] = needs.count
    needs.append(needed)
    return needs.count - 1
  }

  private mutating func addToOthers(_ needed: SessionNeeds) -> Int {
    if !hasMore {
      hasMore = true
      needs.append(SessionNeeds())
    }
    needs[Self.most - 1].raise(to: needed)
    return Self.most - 1
  }

  /// Takes in others. - Returns: by their places there, their places here.
  mutating func merge(_ other: CalibrationPlayers) -> [Int] {
    var moved = [Int](repeating: 0, count: other.count)
    for (player, place) in other.places.sorted(by: { $0.value < $1.value }) {
      moved[place] = add(player, other.needs[place])
    }
    if other.hasMore { moved[Self.most - 1] = addToOthers(other.needs[Self.most - 1]) }
    return moved
  }
}
