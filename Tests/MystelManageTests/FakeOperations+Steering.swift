import MystelCore

extension FakeOperations {
  func configuration() async throws(ControlFault) -> ConfigurationAnswer {
    ConfigurationAnswer(
      version: "v1", number: 0, yaml: "version: 1\n", path: nil, patch: .empty, isStored: true,
      setAside: nil, awaitsRestart: [], keys: [])
  }

  func validate(_ order: ConfigurationOrder) async throws(ControlFault) -> ValidationAnswer {
    note("validate \(order.patch.text)")
    return ValidationAnswer()
  }

  func apply(
    _ order: ConfigurationOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    let version = order.ifMatch ?? "any"
    note("apply \(order.patch.text) to \(version) as \(order.note ?? "") by \(caller.name)")
    guard order.ifMatch == "v1" else { throw ControlFault(.stale, "it is v1") }
    guard order.patch["workers"] != .number("0") else {
      throw ControlFault(
        .invalid, "faulty",
        problems: [
          ConfigurationProblem(
            place: "change 1", key: "workers", message: "0 is out of range", suggestion: nil)
        ])
    }
    return applied
  }

  func changes(_ query: BanQuery) async throws(ControlFault) -> Page<ChangeAnswer> {
    Page(items: [])
  }

  func rollBack(
    _ order: RollbackOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    note("roll back to \(order.number) by \(caller.name)")
    return applied
  }

  func setRuleMode(
    _ order: RuleModeOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> RuleAnswer {
    note("rule \(order.id) \(order.mode) by \(caller.name)")
    return RuleAnswer(
      id: order.id, mode: order.mode, action: "drop", title: "t", enforced: 0, shadowed: 0)
  }

  func testRules(_ order: RuleTestOrder) async throws(ControlFault) -> RuleTestAnswer {
    note("test \(order.tests ?? "nothing") on \(order.rule ?? "all")")
    return RuleTestAnswer(cases: 1, tried: 5, failures: [])
  }

  func packs() async throws(ControlFault) -> PacksAnswer { PacksAnswer(items: [], hash: "h") }

  func evidence(_ query: EvidenceListQuery) async throws(ControlFault) -> Page<EvidenceEntry> {
    note("evidence of \(query.session.map { "\($0)" } ?? "all") \(query.page.most)")
    return Page(items: [])
  }

  private var applied: AppliedAnswer {
    AppliedAnswer(
      number: 1, version: "v2", changes: [], warnings: [], needsRestart: [], isStored: true)
  }
}
