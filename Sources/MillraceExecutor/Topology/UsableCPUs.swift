import CMillrace

#if canImport(Darwin)
  import Darwin
#endif

extension Topology {
  /// How many processors this process may use, at least 1: those that the calling thread may run on, but no more than its control group's quota
  /// of CPU time pays for (rounded up: a quota of 1.5 processors keeps two workers busy most of the time).
  ///
  /// - Complexity: reads a few small files each time, because a quota can change.
  public static var usableCPUCount: Int {
    usableCPUCount(root: "/", allowed: allowedCPUs()?.count ?? onlineCPUCount())
  }

  /// The same with the system's files under `root`, where affinity leaves `allowed` processors.
  static func usableCPUCount(root: String, allowed: Int) -> Int {
    guard let quota = ControlGroup.quota(root: root) else { return max(allowed, 1) }
    return max(1, min(allowed, Int(min(quota.rounded(.up), 65_536))))
  }
}

/// The processors that the calling thread may run on; nil where the system keeps no such set.
func allowedCPUs() -> Set<Int>? {
  var words = [UInt64](repeating: 0, count: affinityWords)
  let known = unsafe words.withUnsafeMutableBufferPointer {
    unsafe millrace_affinity_get($0.baseAddress!, $0.count)
  }
  guard known else { return nil }
  var cpus: Set<Int> = []
  for (index, var word) in words.enumerated() {
    while word != 0 {
      cpus.insert(index * 64 + word.trailingZeroBitCount)
      word &= word - 1
    }
  }
  return cpus.isEmpty ? nil : cpus
}

/// Keeps the calling thread on one processor from now on.
///
/// - Returns: whether it was done: false for a processor that the process may not use, and on systems without affinity (macOS).
@discardableResult
package func pinCurrentThread(to cpu: Int) -> Bool {
  guard cpu >= 0, cpu < affinityWords * 64 else { return false }
  var words = [UInt64](repeating: 0, count: cpu / 64 + 1)
  words[cpu / 64] = 1 << UInt64(cpu % 64)
  return unsafe words.withUnsafeBufferPointer {
    unsafe millrace_affinity_set($0.baseAddress!, $0.count)
  }
}

/// 65,536 processors, eight times the most that Linux can be built for.
private let affinityWords = 1024

private func onlineCPUCount() -> Int {
  #if canImport(Darwin)
    var count: Int32 = 0
    var size = MemoryLayout<Int32>.size
    return unsafe sysctlbyname("hw.activecpu", &count, &size, nil, 0) == 0 ? Int(count) : 1
  #else
    return 1
  #endif
}
