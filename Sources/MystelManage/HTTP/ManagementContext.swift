import Hummingbird
import Logging
import NIOCore

/// What is known of a request beside itself.
package struct ManagementContext: RequestContext {
  /// Where a request comes from.
  package struct Source: RequestContextSource {
    let channel: (any Channel)?
    /// Whether it came by TCP, from wherever that is open to, and not by the socket whose file only
    /// the gateway's own user may open.
    let isRemote: Bool
    /// What ends the connection when an answer takes too long; nil where nothing does.
    let watch: ConnectionWatch?

    package init(channel: (any Channel)?, isRemote: Bool) {
      self.init(channel: channel, isRemote: isRemote, watch: nil)
    }

    init(channel: (any Channel)?, isRemote: Bool, watch: ConnectionWatch?) {
      self.channel = channel
      self.isRemote = isRemote
      self.watch = watch
    }

    package var logger: Logger { Source.quiet }

    /// Requests are not logged by the library.
    private static let quiet = Logger(label: "mystel.management") { _ in SwiftLogNoOpLogHandler() }
  }

  package var coreContext: CoreRequestContextStorage
  let source: Source

  package init(source: Source) {
    coreContext = .init(source: source)
    self.source = source
  }

  package var maxUploadSize: Int { 1 << 20 }
}
