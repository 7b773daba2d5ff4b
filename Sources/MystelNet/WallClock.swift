#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The time of day, for records that people read; never for deadlines.
enum WallClock {
  /// Since 1970.
  static var seconds: Int64 { Int64(time(nil)) }
}
