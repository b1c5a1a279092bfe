/// A picture of colours from a palette, as a PNG file (ISO/IEC 15948): each byte of its pixels is an index. Not compressed.
struct PNG {
  let width: Int
  let height: Int
  /// Red, green and blue, at most 256 of them.
  let palette: [(red: UInt8, green: UInt8, blue: UInt8)]
  /// Row after row.
  let pixels: [UInt8]

  init(width: Int, height: Int, palette: [(red: UInt8, green: UInt8, blue: UInt8)], pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(width) × \(height) pixels expected; found \(pixels.count)")
    precondition((1...256).contains(palette.count), "a palette has 1 to 256 colours; found \(palette.count)")
    self.width = width
    self.height = height
    self.palette = palette
    self.pixels = pixels
  }

  var bytes: [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Eight bits, an index into the palette; the only compression, filter and interlacing that there are, or none.
    Self.append("IHDR", Self.big(UInt32(width)) + Self.big(UInt32(height)) + [8, 3, 0, 0, 0], to: &file)
    Self.append("PLTE", palette.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
    Self.append("IDAT", stream, to: &file)
    Self.append("IEND", [], to: &file)
    return file
  }

  /// The rows, each behind a zero (no filter), in stored blocks of a zlib stream (RFC 1950, 1951).
  private var stream: [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (width + 1))
    for row in 0..<height {
      rows.append(0)
      rows += pixels[row * width..<(row + 1) * width]
    }
    var stream: [UInt8] = [0x78, 0x01]
    stream.reserveCapacity(rows.count + rows.count / 1000 + 64)
    let longest = 65_535
    for start in stride(from: 0, to: rows.count, by: longest) {
      let block = rows[start..<min(rows.count, start + longest)]
      let length = UInt16(block.count)
      stream.append(start + longest >= rows.count ? 1 : 0)
      for word in [length, ~length] { stream += [UInt8(word & 255), UInt8(word >> 8)] }
      stream += block
    }
    return stream + Self.big(Self.adler(rows))
  }

  private static func append(_ kind: String, _ content: [UInt8], to file: inout [UInt8]) {
    let body = Array(kind.utf8) + content
    file += big(UInt32(content.count)) + body + big(crc(body))
  }

  private static func big(_ word: UInt32) -> [UInt8] {
    [UInt8(word >> 24), UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
  }

  private static let crcTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { word, _ in word & 1 == 1 ? 0xEDB8_8320 ^ (word >> 1) : word >> 1 }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crcTable[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }
}
