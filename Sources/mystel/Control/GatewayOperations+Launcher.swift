import MystelCore
import MystelWire

extension GatewayOperations {
  func launcherGrants(
    _ query: BanQuery
  ) async throws(ControlFault) -> Page<LauncherGrantAnswer> {
    let all = gateway.launcher.all
    let from = Int(clamping: query.after ?? 0)
    let items = Array(all.dropFirst(from).prefix(query.most))
    let next = from + items.count
    return Page(
      items: items, total: all.count, next: next < all.count ? UInt64(next) : nil)
  }

  func grantLauncher(
    _ order: LauncherGrantOrder
  ) async throws(ControlFault) -> LauncherGrantAnswer {
    guard let address = IPAddress(order.ip)?.canonical, !address.isUnusableAsSource else {
      throw ControlFault(
        .malformed, "ip: \(ListEntry.shown(order.ip)) is no address that anybody connects from")
    }
    if address.isLoopback {
      logger.warning(
        """
        a launcher's grant is for this machine itself: if tera-api is behind a web server, set \
        API_PORTAL_TRUSTPROXY_ENABLE there, or nobody but this machine may play
        """, metadata: ["ip": "\(address)"])
    }
    return gateway.launcher.push(
      address, account: order.account, name: order.name, seconds: order.seconds)
  }

  func revokeLauncherGrants(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> LauncherRevokeAnswer {
    let count = gateway.launcher.revoke(order.target)
    guard count > 0 else {
      throw ControlFault(
        .notFound, "\(order.target) has no grant",
        hint: "`mystel grants list` shows those that there are")
    }
    await reputation?.audit(caller.name, "grants revoke", "\(order.target)", "\(count) taken back")
    logger.notice(
      "launcher's grants taken back",
      metadata: ["target": "\(order.target)", "count": "\(count)", "by": "\(caller.name)"])
    return LauncherRevokeAnswer(target: order.target, count: count)
  }
}
