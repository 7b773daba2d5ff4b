/// A table whose size is set once, for what the hot path changes: no references are counted, and no
/// index can leave it. What lies outside is one place more, which nobody else uses.
struct FixedTable<Element: BitwiseCopyable>: ~Copyable {
  private let memory: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int, _ empty: Element) {
    self.count = count
    memory = .allocate(capacity: count + 1)
    memory.initialize(repeating: empty, count: count + 1)
  }

  /// The memory it takes beside its own.
  var heapBytes: Int { (count + 1) * MemoryLayout<Element>.stride }

  deinit { memory.deallocate() }

  subscript(_ index: UInt16) -> Element {
    // Safety: there is memory for `count + 1` elements.
    @inline(__always) get { memory[min(Int(index), count)] }
    @inline(__always) nonmutating _modify { yield &memory[min(Int(index), count)] }
  }
}
