import CMillrace
import MillracePrimitives

/// A name that profiled work goes by.
///
/// ```swift
/// enum Phase {
///   static let parse = ProfileName("parse")
/// }
/// let lines = withProfileName(Phase.parse) { "a\nb".split(separator: "\n") }
/// print(lines.count)
/// ```
///
/// Names live as long as the process, so take few of them, and keep them in constants: making one looks its text up.
public struct ProfileName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Never 0.
  package let id: UInt32

  private static let table = Lock(ProfileNameTable())

  /// - Complexity: a lock and a look-up.
  public init(_ text: String) {
    id = Self.table.withLock { $0.id(of: text, limit: .max)! }
  }

  public init(stringLiteral text: String) { self.init(text) }

  /// For texts that a program may make up as it runs, such as the names of nodes: nil when so many have been taken that no more are.
  package init?(madeUp text: String) {
    guard let id = Self.table.withLock({ $0.id(of: text, limit: 1 << 18) }) else { return nil }
    self.id = id
  }

  package init?(id: UInt32) {
    if id == 0 { return nil }
    self.id = id
  }

  public var description: String { Self.table.withLock { $0.texts[Int(id) - 1] } }
}

/// The texts of names, and their numbers, from 1.
struct ProfileNameTable {
  private var ids: [String: UInt32] = [:]
  private(set) var texts: [String] = []

  /// Nil: it is new, and there are `limit` texts already.
  mutating func id(of text: String, limit: Int) -> UInt32? {
    if let id = ids[text] { return id }
    if texts.count >= limit { return nil }
    texts.append(text)
    ids[text] = UInt32(texts.count)
    return UInt32(texts.count)
  }
}

/// Runs `body` under a name, for profiles: the time that it takes, the closures that it submits, and the job that it is in, if that has no name yet.
///
/// - Throws: What `body` throws.
/// - Complexity: two events while the executor is being profiled, else some nanoseconds.
public func withProfileName<R, E: Error>(_ name: ProfileName, _ body: () throws(E) -> R) throws(E) -> R {
  let outer = millrace_profile_name_get()
  millrace_profile_name_set(name.id)
  noteName(name, began: true, isTask: false)
  defer {
    noteName(name, began: false, isTask: false)
    millrace_profile_name_set(outer)
  }
  return try body()
}

/// Gives the calling task a name, for profiles, until `body` returns: to each of its jobs, on whichever worker.
///
/// A task's jobs before its first name have the kind's; a child task does not inherit the name.
///
/// - Throws: What `body` throws.
public func withProfileName<R, E: Error>(
  _ name: ProfileName, isolation: isolated (any Actor)? = #isolation, _ body: () async throws(E) -> R
) async throws(E) -> R {
  noteName(name, began: true, isTask: true)
  defer { noteName(name, began: false, isTask: true) }
  return try await body()
}

/// Gives the calling task, for profiles, the name that it was made with, `Task(name:)`, until `body` returns. A task without one goes by its kind.
///
/// ```swift
/// Task(name: "fetch", executorPreference: WorkStealingExecutor.shared) {
///   await withProfileName { await Task.yield() }
/// }
/// ```
///
/// Texts are kept as long as the process lives, so a name is for all tasks of a kind, not for one ("fetch", not "fetch 17").
///
/// - Throws: What `body` throws.
/// - Complexity: a lock and a look-up while the executor is being profiled, else some nanoseconds.
@available(macOS 26.0, *)
public func withProfileName<R, E: Error>(
  isolation: isolated (any Actor)? = #isolation, _ body: () async throws(E) -> R
) async throws(E) -> R {
  guard let worker = unsafe Worker.current, unsafe worker.isProfiled, let name = Task.name else {
    return try await body()
  }
  return try await withProfileName(ProfileName(name), isolation: isolation, body)
}

private func noteName(_ name: ProfileName, began: Bool, isTask: Bool) {
  if let worker = unsafe Worker.current { unsafe worker.noteName(name.id, began: began, isTask: isTask) }
}
