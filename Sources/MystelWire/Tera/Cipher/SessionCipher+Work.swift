extension SessionCipher {
  /// SHA-0 compressions that the key schedule of one session takes, counted by expanding two keys.
  /// For benchmarks: it costs as much as the schedule itself.
  public static func compressions(for keys: SessionKeys) -> Int {
    KeyExpansion(key: keys.client1).compressions + KeyExpansion(key: keys.server2).compressions
  }
}
