/// The median of repeated measurements, with the smallest and the largest beside it.
package struct Spread: Sendable, Equatable, Codable {
  package var median: Double
  package var least: Double
  package var most: Double

  /// Nil without values, or when one is not a number.
  package init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let least = sorted.first, let most = sorted.last, !values.contains(where: \.isNaN) else {
      return nil
    }
    let upper = sorted.count / 2
    let lower = (sorted.count - 1) / 2
    self.median = (sorted[lower] + sorted[upper]) / 2
    self.least = least
    self.most = most
  }

  /// The spread of `values[i] / peers[i]`: what two things measured in the same runs compare to.
  ///
  /// Runs in which the peer measured nothing do not count.
  package init?(ratiosOf values: [Double], to peers: [Double]) {
    self.init(zip(values, peers).filter { $0.1 > 0 }.map { $0.0 / $0.1 })
  }
}
