/// The candidate that a misspelt word most likely meant, or nil where none is near.
///
/// Case, dashes and camel case do not count as mistakes; a beginning of a candidate (`warn`) is
/// near; otherwise at most a third of the letters (and two at least) may differ.
package func nearest(to word: String, among candidates: [String]) -> String? {
  guard word.utf8.count <= 80 else { return nil }
  let folded = fold(word)
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let target = fold(candidate)
    var distance = editDistance(folded, target)
    if folded.count >= 3, target.starts(with: folded) || folded.starts(with: target) {
      distance = min(distance, 1)
    }
    if distance < best?.distance ?? .max { best = (distance, candidate) }
  }
  guard let best, best.distance <= max(2, folded.count / 3), best.distance < folded.count else {
    return nil
  }
  return best.candidate
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
package func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var cost = min(
        last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      current.append(cost)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}

/// `proxyProtocol`, `Proxy-Protocol` and `proxy_protocol` become the same letters.
private func fold(_ word: String) -> [UInt8] {
  word.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
}
