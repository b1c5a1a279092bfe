#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The whole of a small text file; nil when it cannot be read. Files of `/proc` and `/sys` do not know their length, so it is read to its end.
func readText(_ path: String) -> String? {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes: [UInt8] = []
  while true {
    let (piece, count) = readPiece(file)
    if count < 0 && errno == EINTR { continue }
    if count < 0 { return nil }
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += piece
  }
}

private func readPiece(_ file: Int32) -> (bytes: [UInt8], count: Int) {
  var count = 0
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, initialized in
    count = unsafe read(file, buffer.baseAddress, buffer.count)
    initialized = max(count, 0)
  }
  return (bytes, count)
}

/// `path` below `root`, with one slash between.
func joinPath(_ root: String, _ path: String) -> String {
  (root.hasSuffix("/") ? String(root.dropLast()) : root) + (path.hasPrefix("/") ? path : "/" + path)
}

extension String {
  func trimmingWhitespace() -> String {
    var rest = self[...]
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest.drop(while: \.isWhitespace))
  }
}
