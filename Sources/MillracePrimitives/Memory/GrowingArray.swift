import CMillrace

/// An array of plain values that grows at one end without being copied, once it is large: its pages are mapped elsewhere.
///
/// So that its peak is its size: an array that is copied when it grows needs up to three times as much for a moment.
///
/// One thread at a time.
@safe
package struct GrowingArray<Element: BitwiseCopyable>: ~Copyable {
  /// Valid until the next `append` or `reserve`.
  package private(set) var base: UnsafeMutablePointer<Element>
  package private(set) var count = 0
  private var capacity: Int

  /// From this size on the array has pages of its own.
  private static var leastPages: Int { 64 << 10 }

  package init() {
    capacity = 0
    unsafe base = UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment)!
  }

  deinit { unsafe Self.release(base, capacity) }

  package var isEmpty: Bool { count == 0 }

  package subscript(index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      return unsafe base[index]
    }
    @inline(__always) set {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      unsafe base[index] = newValue
    }
  }

  /// - Complexity: O(1) amortised.
  @inline(__always)
  package mutating func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    unsafe base[count] = element
    count += 1
  }

  package mutating func append(repeating element: Element, count added: Int) {
    reserve(count + added)
    unsafe (base + count).update(repeating: element, count: added)
    count += added
  }

  package mutating func append(_ elements: UnsafeBufferPointer<Element>) {
    reserve(count + elements.count)
    if let source = elements.baseAddress { unsafe (base + count).update(from: source, count: elements.count) }
    count += elements.count
  }

  /// Adds elements of any value, which are to be written before they are read: the pages of a large array take memory only then.
  package mutating func appendUntouched(count added: Int) {
    reserve(count + added)
    count += added
  }

  /// Takes the last elements away, and gives back their room.
  package mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "\(count) elements are to be left of \(self.count)")
    self.count = count
    trim()
  }

  /// Makes room for `wanted` elements in all.
  package mutating func reserve(_ wanted: Int) {
    if wanted <= capacity { return }
    resize(to: max(wanted, capacity * 2, 16))
  }

  /// Gives back the room beyond the last element.
  package mutating func trim() {
    if capacity > count { resize(to: count) }
  }

  private mutating func resize(to wanted: Int) {
    let (bytes, newBytes) = (Self.bytes(capacity), Self.bytes(wanted))
    if bytes >= Self.leastPages, newBytes >= Self.leastPages {
      guard let pages = unsafe millrace_pages_resize(base, bytes, newBytes) else { Self.refuse(newBytes) }
      unsafe base = pages.bindMemory(to: Element.self, capacity: wanted)
    } else {
      let new = unsafe Self.obtain(wanted)
      unsafe new.update(from: base, count: count)
      unsafe Self.release(base, capacity)
      unsafe base = new
    }
    capacity = wanted
  }

  private static func bytes(_ count: Int) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    precondition(!overflow, "an array of \(count) elements is too large")
    return bytes
  }

  private static func obtain(_ count: Int) -> UnsafeMutablePointer<Element> {
    let bytes = bytes(count)
    if bytes >= leastPages {
      guard let pages = unsafe millrace_pages_reserve(bytes) else { refuse(bytes) }
      return unsafe pages.bindMemory(to: Element.self, capacity: count)
    }
    guard bytes > 0 else { return unsafe UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment)! }
    return unsafe Memory.allocate(bytes: bytes, alignment: 16).bindMemory(to: Element.self, capacity: count)
  }

  private static func release(_ base: UnsafeMutablePointer<Element>, _ count: Int) {
    let bytes = bytes(count)
    if bytes >= leastPages {
      unsafe millrace_pages_release(base, bytes)
    } else if bytes > 0 {
      unsafe Memory.deallocate(base, bytes: bytes, alignment: 16)
    }
  }

  private static func refuse(_ bytes: Int) -> Never {
    fatalError("out of memory: the system refused \(bytes) bytes of address space")
  }
}
