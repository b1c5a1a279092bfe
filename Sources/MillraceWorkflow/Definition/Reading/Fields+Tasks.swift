extension TaskDefinition {
  static let fields: [Field<TaskDefinition>] = [
    Field(
      "kind", \.kind, .name, isRequired: true,
      "What does the work: process, http, sql, file, csv, batch, chart, report, swift, or one of the engine's own: wait, emit, switch, workflow, call, values."
    ),
    Field("summary", \.summary, .text, "For people."),
    Field(
      "needs", \.needs, .list(.name),
      "Tasks that must have ended well before. Those that expressions refer to are needed without being named."),
    Field("input", \.input, .template, "What the task is given, with expressions in it."),
    Field(
      "outputs", \.outputs, .dictionary(.text, .type),
      "What it gives, by name; checked when it has ended. Empty: not checked."),
    Field(optional: "when", \.when, .expression, "Skipped when this is false."),
    Field(
      "skipPolicy", \.skipPolicy, .choice(SkipPolicy.self),
      "What becomes of it when something that it needs was skipped: it is skipped, or any success suffices."),
    Field("cases", \.cases, .list(.object(SwitchCase(when: nil, tasks: []), SwitchCase.fields)), "Of a switch."),
    Field(
      optional: "foreach", \.foreach, .object(ForeachDefinition(elements: "[]"), ForeachDefinition.fields),
      "Once for each element of an array."),
    Field(optional: "fallback", \.fallback, .name, "The task that is run in its place when all attempts have failed."),
    Field(
      optional: "compensate", \.compensation, .name,
      "The task that is run when the run fails or is cancelled after this one has succeeded."),
    Field("timeout", \.timeout, .duration(least: .milliseconds(1)), "Of one attempt."),
    Field("retry", \.retry, .object(RetryPolicy(), RetryPolicy.fields), "How often, and how soon, it is tried again."),
    Field(optional: "circuit", \.circuit, .name, "The dependency whose breaker is asked."),
    Field(optional: "queue", \.queue, .name, "The queue that attempts wait in."),
    Field("resources", \.resources, .dictionary(.name, .integer(1...1_000_000_000)), "Units that an attempt holds."),
    Field(optional: "cache", \.cache, .object(CachePolicy(), CachePolicy.fields), "Results may be used again."),
    Field(
      optional: "heartbeat", \.heartbeat, .duration(least: .milliseconds(1)),
      "An attempt that is silent for so long has failed."),
    Field("limits", \.limits, .object(ProcessLimits(), ProcessLimits.fields), "Of a process."),
  ]

  static let list = Shape<[TaskDefinition]>.named(
    fields, name: \.name, schemaName: "task", prototype: TaskDefinition(name: "", kind: ""))
}

extension FunctionDefinition {
  static let fields: [Field<FunctionDefinition>] = [
    Field("parameters", \.parameters, ParameterDefinition.list, "What a call gives as its input."),
    Field("tasks", \.tasks, TaskDefinition.list, isRequired: true, "The fragment of a graph."),
    Field("outputs", \.outputs, .dictionary(.text, .template), "The call's output, by name."),
  ]

  static let list = Shape<[FunctionDefinition]>.named(
    fields, name: \.name, schemaName: "function", prototype: FunctionDefinition(name: ""))
}
