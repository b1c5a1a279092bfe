import CMillrace

/// Room for `capacity` elements at an address that never changes. Pages that are never touched cost nothing; touched ones begin as zeros.
@safe
struct ReservedArray<Element: ~Copyable>: ~Copyable {
  let base: UnsafeMutablePointer<Element>
  let capacity: Int

  init(capacity: Int) {
    let bytes = capacity * MemoryLayout<Element>.stride
    guard let pages = unsafe millrace_pages_reserve(bytes) else {
      fatalError("Millrace could not reserve \(bytes) bytes of address space for a worker")
    }
    unsafe base = pages.bindMemory(to: Element.self, capacity: capacity)
    self.capacity = capacity
  }

  deinit { unsafe millrace_pages_release(base, capacity * MemoryLayout<Element>.stride) }
}
