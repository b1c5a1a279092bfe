/// A node that needs more than being called: its inputs and its output are values of the run.
final class SpecialNode: Sendable {
  let run: @Sendable (borrowing ValueMemory) throws -> Void

  init(_ run: @escaping @Sendable (borrowing ValueMemory) throws -> Void) { self.run = run }
}
