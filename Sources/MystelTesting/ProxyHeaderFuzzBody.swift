import MystelWire

/// Feeds arbitrary bytes to the PROXY header parser and checks what must hold for all of them.
///
/// Traps on a violation, as a fuzz body must. The parser itself must never trap.
package func fuzzProxyHeader(_ bytes: [UInt8]) {
  for acceptance: ProxyHeader.Acceptance in [.v1, .v2, .any] {
    switch ProxyHeader.parse(bytes.span.bytes, accepting: acceptance) {
    case .needMore(let count):
      precondition(count > 0, "asks for no byte")
      precondition(bytes.count < ProxyHeader.maximumByteCount, "buffers beyond the limit")
      precondition(
        bytes.count + count <= ProxyHeader.maximumByteCount, "asks for bytes beyond the limit")
    case .rejected:
      checkNoPrefixIsAccepted(bytes, acceptance)
    case .header(let header, let byteCount):
      precondition(byteCount <= bytes.count, "consumes bytes that are not there")
      precondition(byteCount <= ProxyHeader.maximumByteCount, "accepts beyond the limit")
      checkStrictPrefixesNeedMore(Array(bytes.prefix(byteCount)), acceptance)
      checkRoundTrip(header, bytes, byteCount, acceptance)
    }
  }
}

private func checkStrictPrefixesNeedMore(_ header: [UInt8], _ acceptance: ProxyHeader.Acceptance) {
  for count in prefixLengths(below: header.count) {
    let progress = ProxyHeader.parse(
      header.span.bytes.extracting(first: count), accepting: acceptance)
    guard case .needMore(let missing) = progress else {
      preconditionFailure("a strict prefix of an accepted header gave \(progress)")
    }
    precondition(count + missing <= header.count, "asks for more than is missing")
  }
}

private func checkNoPrefixIsAccepted(_ bytes: [UInt8], _ acceptance: ProxyHeader.Acceptance) {
  var fault: ProxyHeaderFault?
  for count in prefixLengths(below: bytes.count) + [bytes.count] {
    switch ProxyHeader.parse(bytes.span.bytes.extracting(first: count), accepting: acceptance) {
    case .needMore: precondition(fault == nil, "a rejected stream became possible again")
    case .header: preconditionFailure("a prefix of a rejected stream was accepted")
    case .rejected(let found):
      precondition(fault == nil || fault == found, "the fault changed with further bytes")
      fault = found
    }
  }
}

private func checkRoundTrip(
  _ header: ProxyHeader, _ bytes: [UInt8], _ byteCount: Int, _ acceptance: ProxyHeader.Acceptance
) {
  let alone = ProxyHeader.parse(
    bytes.span.bytes.extracting(first: byteCount), accepting: acceptance)
  precondition(alone == .header(header, byteCount: byteCount), "the payload changed the header")
  do throws(ProxyHeaderEncodingError) {
    let encoded = try header.encoded()
    precondition(
      ProxyHeader.parse(encoded.span.bytes, accepting: acceptance)
        == .header(header, byteCount: encoded.count), "the round trip changed the header")
  } catch {
    preconditionFailure("an accepted header cannot be encoded: \(error)")
  }
}

/// All lengths of short inputs; of long ones the interesting start and a stride through the rest.
private func prefixLengths(below count: Int) -> [Int] {
  Array(0..<min(count, 300)) + Array(stride(from: 300, to: count, by: 61))
    + (count > 300 ? [count - 1] : [])
}
