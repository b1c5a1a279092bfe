#if Workflow
  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// What the server needs of the system's sockets. None of it blocks.
  ///
  /// SAFETY: descriptors are plain numbers; ``ConnectionLoop``'s thread alone reads, writes and closes them, each once. Pointers do not outlive the calls that they are handed to.
  enum Sockets {
    enum Accepted {
      case connection(Int32, peer: String)
      /// Nobody waits.
      case none
      /// The process has no descriptors left, or the system no memory.
      case exhausted
    }

    enum Transferred {
      case bytes(Int)
      case wouldBlock
      /// By the other side, or by an error: nothing more will come or go.
      case ended
    }

    // MARK: Listening

    /// - Returns: a listening socket, and the address that it has got.
    static func listen(on address: ListenAddress) throws(ListenError) -> (descriptor: Int32, address: ListenAddress) {
      var hints = unsafe addrinfo()
      unsafe hints.ai_family = AF_UNSPEC
      unsafe hints.ai_socktype = streamType
      unsafe hints.ai_flags = AI_NUMERICSERV
      var list: UnsafeMutablePointer<addrinfo>?
      let result = unsafe getaddrinfo(address.host, "\(address.port)", &hints, &list)
      guard result == 0, let first = unsafe list else {
        throw ListenError(description: "\(address): \(unsafe String(cString: gai_strerror(result)))")
      }
      defer { unsafe freeaddrinfo(list) }
      let descriptor = unsafe socket(first.pointee.ai_family, streamType, 0)
      guard descriptor >= 0 else { throw failure(address) }
      prepare(descriptor)
      var one: Int32 = 1
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
      guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
        systemListen(descriptor, 1024) == 0
      else {
        let trouble = failure(address)
        close(descriptor)
        throw trouble
      }
      return (descriptor, unsafe name(of: descriptor, getsockname) ?? address)
    }

    private static func failure(_ address: ListenAddress) -> ListenError {
      ListenError(description: "\(address): \(unsafe String(cString: strerror(errno)))")
    }

    private static func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
      #if canImport(Darwin)
        Darwin.listen(descriptor, backlog)
      #elseif canImport(Musl)
        Musl.listen(descriptor, backlog)
      #else
        Glibc.listen(descriptor, backlog)
      #endif
    }

    private static var streamType: Int32 {
      #if canImport(Glibc)
        Int32(SOCK_STREAM.rawValue)
      #else
        SOCK_STREAM
      #endif
    }

    /// Does not block, and is not inherited by processes that tasks start.
    private static func prepare(_ descriptor: Int32) {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      #if canImport(Darwin)
        var one: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
      #endif
    }

    static func accept(on listener: Int32) -> Accepted {
      while true {
        #if canImport(Darwin)
          let descriptor = Darwin.accept(listener, nil, nil)
        #elseif canImport(Musl)
          let descriptor = Musl.accept(listener, nil, nil)
        #else
          let descriptor = Glibc.accept(listener, nil, nil)
        #endif
        if descriptor >= 0 {
          prepare(descriptor)
          var one: Int32 = 1
          _ = unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
          return .connection(descriptor, peer: unsafe name(of: descriptor, getpeername)?.host ?? "")
        }
        switch errno {
        case EAGAIN: return .none
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        // Of a connection that has gone while it waited.
        default: continue
        }
      }
    }

    private typealias NameCall = (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32

    private static func name(of descriptor: Int32, _ call: NameCall) -> ListenAddress? {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      var host = [CChar](repeating: 0, count: 64)
      var service = [CChar](repeating: 0, count: 16)
      let isNamed = unsafe withUnsafeMutablePointer(to: &storage) { storage in
        unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          unsafe call(descriptor, address, &length) == 0
            && getnameinfo(
              address, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
              NI_NUMERICHOST | NI_NUMERICSERV) == 0
        }
      }
      guard isNamed, let port = Int(text(service)) else { return nil }
      return ListenAddress(host: text(host), port: port)
    }

    private static func text(_ bytes: [CChar]) -> String {
      String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Bytes

    /// Into the beginning of `buffer`.
    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Transferred {
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .bytes(count) }
        if count == 0 { return .ended }
        switch errno {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        default: return .ended
        }
      }
    }

    /// - Parameter start: the first byte to be written.
    static func write(_ descriptor: Int32, _ bytes: [UInt8], from start: Int) -> Transferred {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      while true {
        let count = unsafe bytes.withUnsafeBytes {
          unsafe send(descriptor, $0.baseAddress! + start, $0.count - start, flags)
        }
        if count >= 0 { return .bytes(count) }
        switch errno {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        default: return .ended
        }
      }
    }

    /// The other side reads to the end of what was written, and then that it is the end.
    static func endWriting(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    static func close(_ descriptor: Int32) {
      #if canImport(Darwin)
        _ = Darwin.close(descriptor)
      #elseif canImport(Musl)
        _ = Musl.close(descriptor)
      #else
        _ = Glibc.close(descriptor)
      #endif
    }

    // MARK: Waiting

    /// - Parameter timeout: nanoseconds; nil: for ever.
    static func wait(_ entries: inout [pollfd], timeout: Int64?) {
      // Rounded up: what is due in half a millisecond is not looked for again and again until then.
      let milliseconds = timeout.map { Int32(clamping: max(0, ($0 + 999_999) / 1_000_000)) } ?? -1
      // Interrupted by a signal, or short of memory: the caller looks again.
      _ = unsafe entries.withUnsafeMutableBufferPointer {
        unsafe poll($0.baseAddress, nfds_t($0.count), milliseconds)
      }
    }

    /// A pair of descriptors: what is written to the second wakes who waits for the first.
    static func wakingPair() throws(ListenError) -> (waiting: Int32, waking: Int32) {
      var pair: [Int32] = [-1, -1]
      guard unsafe pipe(&pair) == 0 else {
        throw ListenError(description: "a pipe: \(unsafe String(cString: strerror(errno)))")
      }
      for end in pair {
        _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      }
      return (pair[0], pair[1])
    }

    static func wake(_ descriptor: Int32) {
      var byte: UInt8 = 0
      // A full pipe wakes as well.
      #if canImport(Darwin)
        _ = unsafe Darwin.write(descriptor, &byte, 1)
      #elseif canImport(Musl)
        _ = unsafe Musl.write(descriptor, &byte, 1)
      #else
        _ = unsafe Glibc.write(descriptor, &byte, 1)
      #endif
    }

    /// Takes all out of a pipe.
    static func drain(_ descriptor: Int32) {
      var buffer = [UInt8](repeating: 0, count: 256)
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
          #if canImport(Darwin)
            unsafe Darwin.read(descriptor, bytes.baseAddress, bytes.count)
          #elseif canImport(Musl)
            unsafe Musl.read(descriptor, bytes.baseAddress, bytes.count)
          #else
            unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
          #endif
        }
        if count < buffer.count { return }
      }
    }

    /// Nanoseconds of a clock that is never set.
    static func now() -> Int64 {
      var time = timespec()
      _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Descriptors that the process may have.
    static var descriptorLimit: Int {
      var limit = rlimit()
      #if canImport(Glibc)
        let result = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #else
        let result = unsafe getrlimit(RLIMIT_NOFILE, &limit)
      #endif
      return result == 0 ? Int(clamping: limit.rlim_cur) : 256
    }
  }
#endif
