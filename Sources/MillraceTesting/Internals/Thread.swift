#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

enum Thread {
  /// Tells threads that run at the same time apart.
  static var current: UInt {
    #if canImport(Glibc)
      UInt(pthread_self())
    #else
      unsafe UInt(bitPattern: pthread_self())
    #endif
  }

  /// Gives other threads a millisecond.
  static func pause() { usleep(1000) }
}
