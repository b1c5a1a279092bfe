import Foundation
import MillracePrimitives

/// Different texts, each with an index from 0, in one array of bytes: a few bytes more than the text for each.
struct NameTable: Sendable, Hashable {
  private var bytes: [UInt8] = []
  /// Where each text begins, and where the last one ends. Files are smaller than 4 GiB, and so are their texts together.
  private var starts: [UInt32] = [0]
  /// Open addressing: an index plus 1, or 0. Always a power of two.
  private var slots: [UInt32] = Array(repeating: 0, count: 16)

  var count: Int { starts.count - 1 }

  subscript(index: Int) -> String {
    String(decoding: bytes[Int(starts[index])..<Int(starts[index + 1])], as: UTF8.self)
  }

  /// The text's index; a new one for a new text. O(length) on average.
  mutating func index(of name: UnsafeBufferPointer<UInt8>) -> UInt32 {
    if count * 2 >= slots.count { grow() }
    let slot = unsafe slot(of: name)
    if slots[slot] == 0 {
      unsafe bytes.append(contentsOf: name)
      starts.append(UInt32(bytes.count))
      slots[slot] = UInt32(count)
    }
    return slots[slot] - 1
  }

  /// The index of another table's text; nil if it is not there.
  func find(_ index: Int, of other: NameTable) -> Int? {
    let range = Int(other.starts[index])..<Int(other.starts[index + 1])
    let place = unsafe other.bytes.withUnsafeBufferPointer { bytes in
      unsafe slot(of: UnsafeBufferPointer(rebasing: bytes[range]))
    }
    return slots[place] == 0 ? nil : Int(slots[place] - 1)
  }

  /// The text's slot, or the empty one where it belongs.
  private func slot(of name: UnsafeBufferPointer<UInt8>) -> Int {
    var slot = unsafe Self.hash(name) & (slots.count - 1)
    while slots[slot] != 0, unsafe !isText(Int(slots[slot] - 1), name) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private func isText(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let (start, end) = (Int(starts[index]), Int(starts[index + 1]))
    guard end - start == name.count else { return false }
    guard start < end, let other = name.baseAddress else { return true }
    return unsafe bytes.withUnsafeBufferPointer { unsafe memcmp($0.baseAddress! + start, other, end - start) == 0 }
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    unsafe bytes.withUnsafeBufferPointer { bytes in
      for index in 0..<count {
        let name = unsafe UnsafeBufferPointer(rebasing: bytes[Int(starts[index])..<Int(starts[index + 1])])
        var slot = unsafe Self.hash(name) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
      }
    }
  }

  /// Eight bytes at a time.
  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    let bytes = UnsafeRawBufferPointer(name)
    var hash = UInt64(bytes.count)
    var place = 0
    while place + 8 <= bytes.count {
      hash = SplitMix64.mix(hash ^ (unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
      place += 8
    }
    var rest: UInt64 = 0
    while place < bytes.count {
      rest = rest << 8 | UInt64(unsafe bytes[place])
      place += 1
    }
    return Int(truncatingIfNeeded: SplitMix64.mix(hash ^ rest) >> 1)
  }
}
