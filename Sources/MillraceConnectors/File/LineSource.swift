import Foundation
import MillraceWorkflow
import Synchronization

/// A file that grows, such as a log, as a source: an event for each line.
///
/// ```swift
/// import MillraceConnectors
/// import MillraceWorkflow
/// func orders(_ store: any RunStore) -> some EventSource {
///   LineSource("orders", path: "/var/spool/orders.jsonl", format: .json(key: "customer"), store: store)
/// }
/// ```
///
/// **Rotation.** A file that is renamed (`orders.jsonl.1`) is read to its end before the next begins, also when that happened while nobody read, as long as it is in the same folder, and its name the old one with a number or a date (`.1`, `-20260101`), not packed. Of numbers the greater is the older file, as logrotate has it, of dates the lesser. The oldest that is there is where a new group begins, and where one goes on whose file is gone. What is deleted, packed or moved away before a consumer has opened it cannot be read.
/// A file that is cut to nothing begins anew; what was written after it was read last and before it was cut is lost, as with every reader of such a file: rename instead.
///
/// A line counts when its newline is there, or the file was rotated. Empty lines do not. Ids are positions in the file, or what a member says; each line of a file without keys has the file's path as its key, so that order is kept.
public struct LineSource: EventSource {
  public enum Format: Sendable, Hashable {
    /// The payload is the line, as a text.
    case text
    /// The payload is what the line says. `key` and `id` name members of it, whose values are the event's.
    case json(key: String? = nil, id: String? = nil)
  }

  public struct Configuration: Sendable {
    /// A longer line is no event, but a fault.
    public var lineBytes = 1 << 20
    /// How often the file is looked at, even if nothing is heard of a change. Positive.
    public var period = Duration.seconds(5)
    /// A file that was renamed is left when it has not been written to for so long.
    public var settlingTime = Duration.seconds(2)
    public var wallClock: any WallClock = SystemWallClock()

    public init() {}
  }

  let path: String
  let format: Format
  let configuration: Configuration
  private let name: String
  private let positions: GroupPositions<LinePosition>

  /// - Parameter name: the source's in the store, of which no other has the same.
  public init(
    _ name: String, path: String, format: Format = .text, store: any RunStore,
    configuration: Configuration = Configuration()
  ) {
    precondition(
      configuration.period > .zero && configuration.settlingTime >= .zero && configuration.lineBytes > 0,
      "LineSource: a positive period and length, and a settling time of 0 or more are expected; found \(configuration)")
    self.name = name
    self.path = path
    self.format = format
    self.configuration = configuration
    positions = GroupPositions(store, source: name, beginning: LinePosition())
  }

  public func subscribe(_ consumer: StreamConsumer) async throws -> any EventSubscription {
    Subscription(self, consumer, try await positions.begin(consumer))
  }

  private final class Subscription: EventSubscription {
    private let source: LineSource
    private let consumer: StreamConsumer
    private let watch: FolderWatch
    private let end = SubscriptionEnd()
    private let state: Mutex<State>

    private struct State {
      var tail: FileTail
      /// With where to go on after each.
      var inHand: [(event: SourceEvent, after: LinePosition)] = []
    }

    init(_ source: LineSource, _ consumer: StreamConsumer, _ position: LinePosition) {
      (self.source, self.consumer) = (source, consumer)
      let file = URL(filePath: source.path)
      watch = FolderWatch(
        file.deletingLastPathComponent().path(percentEncoded: false), prefix: file.lastPathComponent)
      state = Mutex(State(tail: FileTail(source.path, source.configuration, from: position)))
    }

    func next(limit: Int) async throws -> [SourceEvent] {
      try await end.orElse { [self] in
        let clock = source.configuration.wallClock
        while true {
          try Task.checkCancellation()
          let version = watch.changed.version
          watch.take()
          let look = try state.withLock { state in
            let look = try state.tail.look(limit: limit, now: clock.now)
            state.inHand = look.lines.filter { !$0.bytes.isEmpty }.compactMap { line in
              let event = source.event(line)
              return consumer.takes(key: event.event.key) ? (event, line.after) : nil
            }
            return (events: state.inHand.map(\.event), look: look)
          }
          if !look.events.isEmpty { return look.events }
          if let passed = look.look.lines.last?.after {
            // Of others: nobody has to look at them again.
            try await advance(to: passed)
          } else if !look.look.hasMoved {
            try await watch.changed.wait(
              after: version, atMost: look.look.again ?? source.configuration.period, by: clock)
          }
        }
      }
    }

    func acknowledge(_ count: Int) async throws {
      try end.check()
      guard let last = state.withLock({ $0.inHand.prefix(count).last }) else { return }
      try await advance(to: last.after)
      state.withLock { $0.inHand.removeFirst(count) }
    }

    private func advance(to position: LinePosition) async throws {
      let marked = state.withLock { $0.tail.marked(position) }
      try await source.positions.advance(consumer, to: marked)
      state.withLock { $0.tail.position = marked }
    }

    func lag() async throws -> Int? { try state.withLock { try $0.tail.lag() } }

    func close() async {
      if end.come() { watch.stop() }
    }
  }

  // MARK: Lines

  private func event(_ line: FileTail.Line) -> SourceEvent {
    let place = "\(path), byte \(line.offset)"
    var event = OutboxEvent(
      id: "\(name)/\(line.after.generation)/\(line.offset)", topic: name, key: path, payload: Payload(line.bytes))
    if line.isTooLong {
      return SourceEvent(event, place: place, fault: "the line has more than \(configuration.lineBytes) bytes")
    }
    guard case .json(let keyMember, let idMember) = format else {
      event.payload = Payload(.string(String(decoding: line.bytes, as: UTF8.self)))
      return SourceEvent(event, place: place)
    }
    do {
      let value = try event.payload.value()
      func text(_ member: String) throws -> String {
        switch value[member] {
        case .string(let text)?: return text
        case .int(let number)?: return "\(number)"
        case let other:
          throw WorkflowError(
            .invalidInput,
            "expected a member \"\(member)\" with a text or an integer; found \(other?.kindOfValue ?? "none")")
        }
      }
      if let keyMember { event.key = try text(keyMember) }
      if let idMember { event.id = try text(idMember) }
      return SourceEvent(event, place: place)
    } catch {
      return SourceEvent(event, place: place, fault: "\(error)")
    }
  }
}
