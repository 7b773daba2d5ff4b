/// The fuzzer's way into the tunnel's records. Built and run by scripts/fuzz.sh.
@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safety: the fuzzer owns `count` bytes at `data` for the time of the call.
  fuzzTunnelRecords(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}
