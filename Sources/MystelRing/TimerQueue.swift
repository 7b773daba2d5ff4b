/// Work that is due at some moment: a heap, the earliest on top.
struct TimerQueue {
  private struct Entry {
    var due: UInt64
    /// Of two that are due together the one that was added first comes first.
    var number: UInt64
    var work: () -> Void

    func precedes(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
  }

  private var heap: [Entry] = []
  private var added: UInt64 = 0

  /// When the next is due; nil without any.
  var due: UInt64? { heap.first?.due }

  mutating func add(due: UInt64, _ work: @escaping () -> Void) {
    added += 1
    heap.append(Entry(due: due, number: added, work: work))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes out the next that is due by `now`.
  mutating func takeDue(now: UInt64) -> (() -> Void)? {
    guard let top = heap.first, top.due <= now else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return top.work }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [parent * 2 + 1, parent * 2 + 2]
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      guard least != parent else { return top.work }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
