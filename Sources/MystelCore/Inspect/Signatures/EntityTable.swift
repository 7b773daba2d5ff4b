/// What the server announced to one player and has not withdrawn for long: creatures, people,
/// things on the ground, plants, projectiles.
///
/// Bounded: what is beyond `mostEntities` makes the table incomplete, and rules that rest on it are
/// suspended until a minute into the next zone. Allocates as it grows, never at a look-up.
package struct EntityTable {
  /// Things of which the table keeps track, 24 bytes each; a full town square holds a few hundred.
  package static let mostEntities = 1536
  /// How long after it was withdrawn a thing may still be acted on: the packet may have been on its
  /// way, or held up.
  static let graceMilliseconds: UInt32 = 60_000
  /// How long a projectile is remembered, which nothing withdraws.
  static let projectileMilliseconds: UInt32 = 30_000

  /// One thing. Times are milliseconds of the session, from 1.
  package struct Entity: BitwiseCopyable {
    var id: UInt64 = 0
    var announced: UInt32 = 0
    /// 0 while it is there.
    var withdrawn: UInt32 = 0
    var kind: UInt8 = 0
    /// The client's packets about it.
    package internal(set) var packets: UInt16 = 0
  }

  private var entities: [Entity] = []
  package private(set) var count = 0
  /// Whether something of this zone was announced that is not in the table.
  private var isMissingSome = false
  /// From when on nothing counts any more that was missed in the zone before; 0 where nothing was.
  private var wholeFrom: UInt32 = 0

  package init() {}

  package var capacity: Int { entities.count }

  /// Whether something may have been announced, and not withdrawn for long, that is not in the table.
  package func isIncomplete(at now: UInt32) -> Bool { isMissingSome || now < wholeFrom }

  /// Things were announced that nobody took note of.
  package mutating func missSome() { isMissingSome = true }

  package mutating func announce(_ id: UInt64, _ kind: EntityKinds, at now: UInt32) {
    guard id != 0 else { return }
    if entities.isEmpty { entities = [Entity](repeating: Entity(), count: 64) }
    if (count + 1) * 4 > entities.count * 3 || count >= Self.mostEntities { makeRoom(at: now) }
    let place = slot(of: id)
    if entities[place].id == 0 {
      guard count < Self.mostEntities, (count + 1) * 8 <= entities.count * 7 else {
        isMissingSome = true
        return
      }
      count += 1
    }
    entities[place] = Entity(id: id, announced: now, kind: kind.rawValue)
  }

  package mutating func withdraw(_ id: UInt64, at now: UInt32) {
    guard let place = find(id) else { return }
    entities[place].withdrawn = max(now, 1)
  }

  /// Another zone: everything is gone from the player's sight, and the table is whole again once
  /// nothing of the old one may be acted on.
  package mutating func withdrawAll(at now: UInt32) {
    for place in entities.indices where entities[place].withdrawn == 0 {
      entities[place].withdrawn = max(now, 1)
    }
    guard isMissingSome else { return }
    isMissingSome = false
    wholeFrom = now &+ Self.graceMilliseconds
  }

  package func holds(_ id: UInt64, _ kinds: EntityKinds) -> Bool { entity(id, kinds) != nil }

  /// A thing of one of these kinds; nil for unknown ones.
  package func entity(_ id: UInt64, _ kinds: EntityKinds) -> Entity? {
    guard let place = find(id), kinds.rawValue & entities[place].kind != 0 else { return nil }
    return entities[place]
  }

  /// Counts a packet about a thing.
  package mutating func act(on id: UInt64) {
    guard let place = find(id), entities[place].packets < .max else { return }
    entities[place].packets += 1
  }

  // MARK: Places

  private func find(_ id: UInt64) -> Int? {
    guard id != 0, !entities.isEmpty else { return nil }
    let place = slot(of: id)
    return entities[place].id == id ? place : nil
  }

  /// Where an id is, or would be. There is always an empty place to stop at.
  private func slot(of id: UInt64) -> Int {
    let mask = entities.count - 1
    var place = Int(truncatingIfNeeded: (id &* 0x9e37_79b9_7f4a_7c15) >> 40) & mask
    while entities[place].id != 0, entities[place].id != id { place = (place + 1) & mask }
    return place
  }

  /// Forgets what is long gone, and doubles where that is not enough.
  private mutating func makeRoom(at now: UInt32) {
    let kept = entities.filter { $0.id != 0 && !isForgotten($0, at: now) }
    var size = entities.count
    while kept.count * 2 > size, size < 2 * Self.mostEntities { size *= 2 }
    entities = [Entity](repeating: Entity(), count: size)
    count = kept.count
    for entity in kept { entities[slot(of: entity.id)] = entity }
  }

  private func isForgotten(_ entity: Entity, at now: UInt32) -> Bool {
    if entity.withdrawn != 0 { return now &- entity.withdrawn > Self.graceMilliseconds }
    return entity.kind == EntityKinds.projectile.rawValue
      && now &- entity.announced > Self.projectileMilliseconds
  }
}
