import MystelWire

/// The packets that the simulation sends, by their number in build 367081 (92.04).
/// Source: docs/protocol/tera.md#builds
package enum SimOpcode: UInt16, Sendable, CaseIterable {
  // Session, login, lobby.
  case checkVersion = 19900
  case loginArbiter = 64460
  case hardwareInfo = 49412
  case setVisibleRange = 44234
  case getUserList = 62059
  case selectUser = 62792
  case loadTopoFin = 58171
  case simpleTipRepeatCheck = 50285
  case visitNewSection = 40669
  case guardPKPolicy = 58591
  case tradeBrokerHighestItemLevel = 33028
  case serverTime = 46245
  case updateContentsPlaytime = 42242
  case eventGuide = 60294
  case requestGamestatPing = 36210
  case checkRTT = 36073
  case pong = 50945
  case exit = 58295

  // Play.
  case playerLocation = 35828
  case startSkill = 43869
  case notifyLocationInAction = 51761
  case chat = 49692
  case tryLootDropItem = 25893

  // The server's side of the login.
  case serverCheckVersion = 19901
  case loadingScreenControlInfo = 32058
  case remainPlayTime = 55349
  case serverLoginArbiter = 48500
  case loginAccountInfo = 33796
  case serverGetUserList = 50827
  case serverSelectUser = 49819
  case login = 45946
  case itemList = 62045
  case skillList = 63918
  case playerStatUpdate = 52954
  case updateAchievementProgress = 59459
  case worldQuestVillagerInfo = 39384
  case inGameShopProductData = 64659
  case loadTopo = 44777
  case spawnMe = 37026
  case currentChannel = 58540

  // The server's side of play.
  case spawnUser = 57972
  case spawnNPC = 28276
  case userLocation = 25976
  case npcLocation = 60408
  case serverVisitNewSection = 61049
  case actionStage = 21454
  case actionEnd = 29484
  case eachSkillResult = 40533
  case startCooltimeSkill = 26385
  case spawnDropItem = 55572
  case despawnDropItem = 37563
  case systemMessageLootItem = 26874
  case serverChat = 52296
  case ping = 21485
  case responseGamestatPong = 35248
  case serverCheckRTT = 30823
  case prepareExit = 45960
  case serverExit = 45446
}

/// Facts of the build that the simulation speaks.
package enum SimBuild {
  package static let number: UInt32 = 367_081
  /// Decimal MMmm, as C_LOGIN_ARBITER carries it.
  package static let patch: Int32 = 9204
  package static let schedule = KeySchedule.current
}
