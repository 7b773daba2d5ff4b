import MystelCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why there is no connection to a backend, or none worth having.
enum ConnectFailure: Error, Equatable {
  /// The system's own reason: a number of `errno`.
  case system(CInt)
  /// No answer within that time.
  case timeout(Duration)
  /// It could not be made, or was of no use.
  case refused(Reason)
  /// Anything else, in the words of who says it.
  case other(String)

  /// Whether it says something about the backend, and not about this machine or about the player's
  /// address that was to be used.
  var blamesBackend: Bool {
    guard case .system(let number) = self else { return true }
    return switch number {
    case ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, ETIMEDOUT, EHOSTUNREACH, EHOSTDOWN,
      ENETUNREACH, ENETDOWN:
      true
    default: false
    }
  }

  /// Whether this machine lacks what every connection needs: descriptors, ports or memory.
  var isShortage: Bool {
    guard case .system(let number) = self else { return false }
    return [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EAGAIN].contains(number)
  }
}

extension ConnectFailure: CustomStringConvertible {
  var description: String {
    switch self {
    case .system(let number): String(cString: strerror(number))
    case .timeout(let time): "no answer within \(Int64(time / .milliseconds(1))) ms"
    case .refused(let reason): reason.label
    case .other(let text): text
    }
  }
}
