import Millrace
import Testing

@Suite struct BufferTests {
  @Test(arguments: [0, 1, 63, 64, 1000, 3 << 20])
  func theFirstElementIsAligned(count: Int) {
    let buffer = AlignedBuffer<Float>(repeating: 1.5, count: count)
    #expect(buffer.count == count)
    let address = unsafe buffer.withElements { UInt(bitPattern: $0.baseAddress) }
    // Large ones begin with a huge page.
    #expect(address % (count >= 1 << 20 ? 2 << 20 : 64) == 0)
    #expect(Batch.count(buffer, .equal, 1.5) == count)
  }

  @Test func everyPlaceFillsAndCopiesAll() throws {
    let source = Numbers.floats(1_500_000)
    let isSame = try onExecutor { () -> Bool in
      let copy = try AlignedBuffer(copying: source, on: .workers)
      let filled = try AlignedBuffer<UInt8>(repeating: 7, count: 9_000_000, on: .workers)
      return unsafe copy.span.withUnsafeBufferPointer { unsafe $0.elementsEqual(source) }
        && Batch.sum(filled) == 63_000_000
    }
    #expect(isSame)
    let twice = AlignedBuffer(copying: AlignedBuffer(copying: source))
    #expect(unsafe twice.withElements { unsafe Array($0) } == source)
  }

  @Test func spansAndSubscriptsReachTheElements() {
    var buffer = AlignedBuffer<Int32>(repeating: 0, count: 10)
    buffer[3] = 7
    var span = buffer.mutableSpan
    span[4] = 8
    #expect(buffer.span[3] == 7 && buffer[4] == 8)
    Batch.affine(&buffer, scale: 2, offset: 1)
    #expect(buffer[3] == 15 && buffer[4] == 17 && buffer[0] == 1)
  }

  @Test func cancelledFillLeavesNoBuffer() throws {
    let token = CancellationToken()
    token.cancel()
    #expect(throws: CancellationError.self) {
      try onExecutor {
        try withCancellation(token) {
          _ = try AlignedBuffer<Double>(repeating: 0, count: 4 << 20, on: .workers)
        }
      }
    }
  }

  @Test func indicesBeyondTheEndsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let buffer = AlignedBuffer<Float>(repeating: 0, count: 10)
      _ = buffer[10]
    }
    #expect(result.says("index 10 is outside 0..<10"))
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AlignedBuffer<Float>(repeating: 0, count: -1)
    }
    #expect(negative.says("a count is not negative; found -1"))
  }
}
