/// A value that is too large to be copied for each that only looks at it: copies share it until one of them changes.
struct CopyOnWrite<Value: Sendable>: Sendable {
  // SAFETY: changed only by `value`, while one reference to it is all that there is.
  private final class Box: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private var box: Box

  init(_ value: Value) { box = Box(value) }

  var value: Value {
    get { box.value }
    _modify {
      if !isKnownUniquelyReferenced(&box) { box = Box(box.value) }
      yield &box.value
    }
  }
}
