import MystelCore
import MystelWire

extension Gateway {
  /// Live sessions in the order of their numbers, and whether there are more.
  package func sessions(_ query: SessionQuery) async -> (views: [SessionView], hasMore: Bool) {
    var views: [SessionView] = []
    for worker in workers {
      if let part = try? await worker.sessions(query) { views += part }
    }
    views.sort { $0.id < $1.id }
    return (Array(views.prefix(query.most)), views.count > query.most)
  }

  /// How many live sessions a target has.
  package func sessionCount(of target: BanTarget) async -> Int {
    var count = 0
    for worker in workers { count += (try? await worker.count(of: target)) ?? 0 }
    return count
  }

  /// A live session by its number, and what its packets broke lately.
  package func session(_ id: UInt64) async -> SessionAnswer? {
    for worker in workers {
      guard let found = try? await worker.session(id) else { continue }
      var answer = found.view.answer
      answer.findings = found.findings.map { recent in
        SessionAnswer.Found(
          rule: recent.rule.id, title: recent.rule.title,
          packet: recent.build.names[recent.finding.opcode] ?? "opcode \(recent.finding.opcode)",
          field: recent.build.fieldNames[Int(recent.finding.field)],
          isEnforced: recent.finding.isEnforced)
      }
      return answer
    }
    return nil
  }

  /// Ends the sessions that are meant; their numbers.
  package func kick(_ selector: SessionSelector) async -> [UInt64] {
    var ended: [UInt64] = []
    for worker in workers {
      if let part = try? await worker.close(selector, .kicked) { ended += part }
    }
    return ended.sorted()
  }

  /// What all workers have learnt from sessions declared genuine, those still open included.
  ///
  /// - Parameter forgetting: whether they start anew.
  package func calibration(forgetting: Bool) async -> Calibration {
    var sum = Calibration()
    for worker in workers {
      guard let part = try? await worker.learnt(forgetting: forgetting) else { continue }
      sum.merge(part.calibration)
      for session in part.open { sum.finish(session) }
    }
    return sum
  }

  /// The listeners in force.
  package var listenerAnswers: [StatusAnswer.Listener] {
    let (listeners, endpoints, pools) = state.withLock {
      ($0.configuration.listeners, $0.endpoints, $0.pools)
    }
    let isHeldBack = acceptor.isHeldBack
    return listeners.map { listener in
      StatusAnswer.Listener(
        name: listener.name,
        address: endpoints[listener.name].map { "\($0)" } ?? "\(listener.bind)",
        backend: listener.backend,
        isRefusing: isHeldBack || pools[listener.backend]?.isDown ?? false)
    }
  }

  /// The backends in force.
  package var backendAnswers: [StatusAnswer.Backend] {
    let (backends, pools) = state.withLock { ($0.configuration.backends, $0.pools) }
    return backends.map { backend in
      StatusAnswer.Backend(
        name: backend.name, address: "\(backend.address)",
        isDown: pools[backend.name]?.isDown ?? false,
        halfOpen: pools[backend.name]?.halfOpenCount ?? 0)
    }
  }

  /// Which countries and networks may play; nil for all.
  package var geo: GeoPolicy? { state.withLock { $0.geo } }

  /// The rules in force.
  package var inspection: InspectionPolicy { state.withLock { $0.inspection } }
}

extension Worker {
  /// Sessions with the lowest numbers behind `query.after`, one more than fit a page. From any
  /// thread.
  func sessions(_ query: SessionQuery) async throws -> [SessionView] {
    try await loop.submit { [self] in
      let now = Instant.now
      let after = query.after ?? 0
      let ids = conduits.values.filter { conduit in
        let session = conduit.session
        return session.id > after && query.target.map { conduit.belongs(to: $0) } ?? true
          && query.listener.map { $0 == session.policy.listener.name } ?? true
      }.map(\.session.id)
      return ids.sorted().prefix(query.most + 1).compactMap { conduits[$0]?.session.view(now: now) }
    }
  }

  /// How many sessions a target has. From any thread.
  func count(of target: BanTarget) async throws -> Int {
    try await loop.submit { [self] in
      conduits.values.count { $0.belongs(to: target) }
    }
  }

  /// What is shown of one session.
  struct Found: Sendable {
    var view: SessionView
    var findings: [RuleTally.Recent]
  }

  /// The most findings shown of a session.
  private static let shownFindings = 20

  /// One session. From any thread.
  func session(_ id: UInt64) async throws -> Found? {
    try await loop.submit { [self] in
      conduits[id].map { conduit in
        Found(
          view: conduit.session.view(now: .now),
          findings: findingLog.findings(of: id, atMost: Worker.shownFindings))
      }
    }
  }

  /// What was learnt from sessions that are over, and from each that is open. From any thread.
  ///
  /// Copies share their memory with what goes on learning, so the loop is not held up.
  func learnt(
    forgetting: Bool
  ) async throws -> (calibration: Calibration, open: [CalibrationSession]) {
    try await loop.submit { [self] in
      let learnt = (
        calibration: tally.calibration, open: conduits.values.compactMap(\.session.learning)
      )
      if forgetting {
        tally.calibration = Calibration()
        for conduit in conduits.values { conduit.session.forgetLearning() }
      }
      return learnt
    }
  }

  /// Ends the sessions that are meant. From any thread.
  func close(_ selector: SessionSelector, _ reason: Reason) async throws -> [UInt64] {
    try await loop.submit { [self] in
      let meant = conduits.values.filter { conduit in
        switch selector {
        case .session(let id): conduit.session.id == id
        case .target(let target): conduit.belongs(to: target)
        }
      }
      for conduit in meant { conduit.close(reason) }
      return meant.map(\.session.id)
    }
  }
}

extension Conduit {
  fileprivate func belongs(to target: BanTarget) -> Bool {
    switch target {
    case .network(let prefix): prefix.contains(session.client.address)
    case .account(let account): session.account == account
    }
  }
}
