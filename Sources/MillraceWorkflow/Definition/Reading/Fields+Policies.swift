extension RetryPolicy {
  static let fields: [Field<RetryPolicy>] = [
    Field("attempts", \.attempts, .integer(1...10_000), "All attempts, the first included."),
    Field("backoff", \.backoff, .duration(), "The longest delay before the second attempt; delays are random, from 0."),
    Field("factor", \.factor, .number(least: 1, most: 1000), "So much longer may each further delay be."),
    Field("cap", \.cap, .duration(), "The longest delay."),
    Field(optional: "deadline", \.deadline, .duration(least: .milliseconds(1)), "Of all attempts and delays together."),
    Field("nonRetryable", \.nonRetryable, .set(.text), "Codes of failures that are final at once."),
    Field(
      "interrupted", \.interrupted, .choice(InterruptionPolicy.self),
      "What becomes of an attempt during which the process ended: it is made again, or the step has failed."),
  ]
}

extension CircuitPolicy {
  static let fields: [Field<CircuitPolicy>] = [
    Field("failures", \.failures, .integer(1...1_000_000), "So many failures within the window open it."),
    Field("window", \.window, .duration(least: .milliseconds(1)), "How long a failure counts."),
    Field("open", \.open, .duration(least: .milliseconds(1)), "So long it stays open; then probes are let through."),
    Field("probes", \.probes, .integer(1...1_000), "So many probes at a time, and so many successes close it."),
    Field(
      "retryBudget", \.retryBudget, .number(least: 0, most: 1),
      "Retries are at most this fraction of attempts within the window; 1: no budget."),
  ]
}

extension QueuePolicy {
  static let fields: [Field<QueuePolicy>] = [
    Field("concurrency", \.concurrency, .integer(1...1_000_000), "Attempts at a time."),
    Field(optional: "rate", \.rate, .integer(1...1_000_000_000), "At most so many attempts begin in a rate period."),
    Field("ratePeriod", \.ratePeriod, .duration(least: .milliseconds(1)), "See rate."),
    Field("bound", \.bound, .integer(1...10_000_000), "The most attempts that wait."),
    Field(
      "whenFull", \.whenFull, .choice(FullPolicy.self),
      "What becomes of an attempt when as many wait: an error, or it waits outside."),
    Field("isFair", \.isFair, .bool, "Runs take turns by their key."),
    Field("timeout", \.timeout, .duration(), "The longest wait."),
  ]
}

extension CachePolicy {
  static let fields: [Field<CachePolicy>] = [
    Field("lifetime", \.lifetime, .duration(least: .milliseconds(1)), "How long a result may be used again.")
  ]
}

extension RetentionPolicy {
  static let fields: [Field<RetentionPolicy>] = [
    Field(optional: "age", \.age, .duration(least: .milliseconds(1)), "Those that ended longer ago are deleted."),
    Field(optional: "count", \.count, .integer(0...1_000_000_000), "When more have ended, the oldest are deleted."),
  ]
}

extension ProcessLimits {
  static let fields: [Field<ProcessLimits>] = [
    Field(optional: "memory", \.memoryBytes, .bytes, "The most memory."),
    Field(optional: "cpu", \.cpuSeconds, .wholeSeconds, "The most time on processors, in whole seconds."),
  ]
}

extension ForeachDefinition {
  static let fields: [Field<ForeachDefinition>] = [
    Field("elements", \.elements, .expression, isRequired: true, "An expression that gives an array."),
    Field("variable", \.variable, .name, "What the element is called in the input."),
    Field("limit", \.limit, .integer(1...1_000_000), "The most elements; more are an error."),
    Field("parallel", \.parallel, .integer(1...100_000), "The most at a time."),
  ]
}

extension SwitchCase {
  static let fields: [Field<SwitchCase>] = [
    Field(optional: "when", \.when, .expression, "The case holds when this does; without it: otherwise, and last."),
    Field("tasks", \.tasks, .list(.name), isRequired: true, "Tasks that run when the case holds."),
  ]
}

extension ParameterDefinition {
  static let fields: [Field<ParameterDefinition>] = [
    Field("type", \.type, .type, "What it must be."),
    Field(optional: "default", \.defaultValue, .any, "Its value when it is not given; without one it must be."),
    Field("summary", \.summary, .text, "For people."),
  ]

  static let list = Shape<[ParameterDefinition]>.named(
    fields, name: \.name, schemaName: "parameter", prototype: ParameterDefinition(name: "", type: .any))
}
