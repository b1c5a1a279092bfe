/// The name of the task that calls, where the system knows about names.
func currentTaskName() -> String? {
  guard #available(macOS 26, iOS 26, watchOS 26, tvOS 26, visionOS 26, *) else { return nil }
  return Task.name
}
