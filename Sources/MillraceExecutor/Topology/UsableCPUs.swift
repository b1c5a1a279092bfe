import CMillrace

#if canImport(Darwin)
  import Darwin
#endif

/// How many processors this process may use, at least 1: those that the calling thread may run on, but no more than its control group's quota
/// of CPU time pays for (rounded up: a quota of 1.5 processors keeps two workers busy most of the time).
///
/// - Parameter root: where the system's files are found; another folder in tests.
/// - Complexity: reads a few small files; ask once.
package func usableCPUCount(root: String = "/") -> Int {
  usableCPUCount(root: root, allowed: allowedCPUs()?.count ?? onlineCPUCount())
}

/// The same when `allowed` processors are left by affinity.
func usableCPUCount(root: String, allowed: Int) -> Int {
  guard let quota = ControlGroup.quota(root: root) else { return max(allowed, 1) }
  return max(1, min(allowed, Int(quota.rounded(.up))))
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
