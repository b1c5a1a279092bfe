/// Something from outside for a run: a callback, an approval, the end of another run. Kept until the run takes it.
public struct InboxEvent: Sendable, Hashable {
  /// Given by the sender; a second event of the run with the same id is a duplicate, also after the first was taken.
  public var id: String
  /// What the run waits for by this name.
  public var name: String
  public var payload: Payload

  public init(id: String, name: String, payload: Payload = .empty) {
    self.id = id
    self.name = name
    self.payload = payload
  }
}

/// What became of an event that was sent to a run.
public enum DeliveryVerdict: Sendable, Hashable {
  /// Stored; the run takes it when it gets there.
  case accepted
  /// An event with this id has been stored before.
  case duplicate
  /// The run has ended.
  case late(RunState)
  case unknownRun
  /// The definition never waits for an event of this name.
  case unknownEvent
  /// The run has not taken so many earlier ones that the store keeps no more.
  case full
  /// The event is larger than the store takes.
  case tooLarge(String)
}

/// Something a run tells the world, stored together with the change of which it tells, and relayed at least once.
public struct OutboxEvent: Sendable, Hashable {
  /// For consumers, to recognise what is relayed twice.
  public var id: String
  public var topic: String
  /// Events with the same key stay in order, and reach the same shard.
  public var key: String
  public var payload: Payload

  public init(id: String, topic: String, key: String, payload: Payload = .empty) {
    self.id = id
    self.topic = topic
    self.key = key
    self.payload = payload
  }
}
