extension Configuration {
  /// How operators of the machine reach the running gateway.
  package struct Control: Sendable, Equatable {
    package enum Socket: Sendable, Equatable {
      case off
      /// The usual place: see docs/operating/commands.md.
      case auto
      case path(String)
    }

    package var socket = Socket.auto
    package init() {}
  }
}
