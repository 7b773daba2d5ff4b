/// A packet that tells what signatures rest on. Source: docs/protocol/tera.md#entities
struct FollowedPacket {
  var code: WatchStep.Code
  var packet: String
  var field: String?
  var kinds: EntityKinds = []

  static let all: [FollowedPacket] = [
    FollowedPacket(code: .ping, packet: "S_PING"),
    FollowedPacket(code: .pong, packet: "C_PONG"),
    FollowedPacket(code: .template, packet: "S_LOGIN", field: "templateId"),
    FollowedPacket(code: .moved, packet: "S_SPAWN_ME", field: "loc"),
    FollowedPacket(code: .moved, packet: "S_INSTANT_MOVE", field: "loc"),
    FollowedPacket(code: .moved, packet: "S_LOAD_TOPO", field: "loc"),
    FollowedPacket(code: .moved, packet: "S_MOUNT_VEHICLE"),
    FollowedPacket(code: .moved, packet: "S_MOUNT_VEHICLE_EX"),
    FollowedPacket(code: .zone, packet: "S_LOAD_TOPO"),
    FollowedPacket(code: .announce, packet: "S_SPAWN_NPC", field: "gameId", kinds: .npc),
    FollowedPacket(code: .withdraw, packet: "S_DESPAWN_NPC", field: "gameId", kinds: .npc),
    FollowedPacket(code: .announce, packet: "S_SPAWN_USER", field: "gameId", kinds: .user),
    FollowedPacket(code: .withdraw, packet: "S_DESPAWN_USER", field: "gameId", kinds: .user),
    FollowedPacket(code: .announce, packet: "S_SPAWN_DROPITEM", field: "gameId", kinds: .dropItem),
    FollowedPacket(
      code: .withdraw, packet: "S_DESPAWN_DROPITEM", field: "gameId", kinds: .dropItem),
    FollowedPacket(
      code: .announce, packet: "S_SPAWN_COLLECTION", field: "gameId", kinds: .collection),
    FollowedPacket(
      code: .withdraw, packet: "S_DESPAWN_COLLECTION", field: "gameId", kinds: .collection),
    FollowedPacket(
      code: .announce, packet: "S_START_USER_PROJECTILE", field: "id", kinds: .projectile),
  ]
}
