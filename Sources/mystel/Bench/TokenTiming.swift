import Foundation
import MystelCore
import MystelManage

/// Whether the time that a wrong token takes tells how much of it is right: Welch's t-test between tokens
/// that differ from the right one at their first and at their last digit, checked in turns.
enum TokenTiming {
  private static let rounds = 100_000

  /// - Returns: t; beyond 4.5 on either side the two are told apart.
  static func welch() throws -> Double {
    let book = try TokenBook(path: nil)
    let token = try book.add(TokenOrder(name: "right", role: .viewer)).token ?? ""
    let secret = token.lastIndex(of: "_").map { token.index(after: $0) } ?? token.startIndex
    let last = token.index(before: token.endIndex)
    let wrong = [secret, last].map { place in
      token.replacingCharacters(
        in: place...place, with: token[place] == "0" ? "1" : "0")
    }
    var times: [[Double]] = [[], []]
    var generator = SystemRandomNumberGenerator()
    for round in 0..<rounds {
      let kind = Int(generator.next() & 1)
      let begin = Machine.now()
      let holder = book.holder(of: wrong[kind])
      let time = Machine.now() - begin
      guard holder == nil else { throw BenchFailure("a wrong token was taken") }
      // The first ones fill caches.
      if round > rounds / 100 { times[kind].append(Double(time)) }
    }
    return welch(times.map(calm))
  }

  /// Without the tenth that was interrupted.
  private static func calm(_ times: [Double]) -> [Double] {
    Array(times.sorted().prefix(times.count * 9 / 10))
  }

  private static func welch(_ samples: [[Double]]) -> Double {
    let parts = samples.map { times in
      let mean = times.reduce(0, +) / Double(times.count)
      let variance =
        times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(times.count - 1)
      return (mean: mean, share: variance / Double(times.count))
    }
    let spread = (parts[0].share + parts[1].share).squareRoot()
    return spread > 0 ? (parts[0].mean - parts[1].mean) / spread : 0
  }
}
