#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An estimate of how many different hashes have been seen, to about one percent (HyperLogLog; Flajolet et al. 2007), in 16 KiB.
struct DistinctSketch: Sendable {
  private static let registerBits: UInt64 = 14
  private var registers = [UInt8](repeating: 0, count: 1 << Int(registerBits))

  mutating func add(_ hash: UInt64) {
    let register = Int(hash & (1 << Self.registerBits - 1))
    // The rest of the hash, at the top, with a one behind it that ends the run of zeros.
    let rest = hash << (64 - TextSlot.hashBits) | 1 << (63 - TextSlot.hashBits + Self.registerBits)
    registers[register] = max(registers[register], UInt8(rest.leadingZeroBitCount + 1))
  }

  var estimate: Int {
    let count = Double(registers.count)
    let sum = registers.reduce(0.0) { $0 + 1 / Double(UInt64(1) << UInt64($1)) }
    let estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum
    // Few hashes leave registers empty, and the number of those says more (linear counting).
    let empty = registers.count { $0 == 0 }
    return Int((estimate <= 2.5 * count && empty > 0 ? count * log(count / Double(empty)) : estimate).rounded())
  }
}
