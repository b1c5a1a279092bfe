extension WorkflowDefinition {
  static let fields: [Field<WorkflowDefinition>] = [
    Field("name", \.name, .name, isRequired: true, "Of the workflow."),
    Field("summary", \.summary, .text, "For people."),
    Field("durability", \.durability, .choice(Durability.self), "What a transition survives once it is acknowledged."),
    Field("parameters", \.parameters, ParameterDefinition.list, "What a run is given."),
    Field("deadline", \.deadline, .duration(least: .milliseconds(1)), "Of a whole run."),
    Field("tasks", \.tasks, TaskDefinition.list, isRequired: true, "The graph."),
    Field("functions", \.functions, FunctionDefinition.list, "Fragments that tasks of kind call stand for."),
    Field(
      "resources", \.resources, .dictionary(.name, .integer(1...1_000_000_000)),
      "Units of something scarce that the tasks of one process share."),
    Field(
      "circuits", \.circuits, .dictionary(.name, .object(CircuitPolicy(), CircuitPolicy.fields)),
      "When a dependency counts as broken."),
    Field("queues", \.queues, .dictionary(.name, .object(QueuePolicy(), QueuePolicy.fields)), "Where attempts wait."),
    Field("triggers", \.triggers, TriggerDefinition.list, "What starts runs."),
    Field("outputs", \.outputs, .dictionary(.text, .template), "What a run gives in the end."),
    Field("hooks", \.hooks, Self.hooks, "Tasks that are run when a run has come to this."),
    Field(
      optional: "pauseAfterErrors", \.pauseAfterErrors, .integer(1...1_000_000),
      "A run is paused when so many attempts have failed and none between them has succeeded."),
    Field(optional: "resumeAfter", \.resumeAfter, .duration(), "Such a run is resumed by itself after this time."),
    Field(optional: "exclusiveKey", \.exclusiveKey, .template, "At most one live run for each value of it."),
    Field(
      optional: "retention", \.retention, .object(RetentionPolicy(), RetentionPolicy.fields),
      "Which runs that have ended are deleted; without it the engine's standard counts."),
  ]

  private static let hooks = Shape<[String: String]>.dictionary(
    Shape<HookEvent>.choice(HookEvent.self).map({ event, _, _ in event.rawValue }, back: { HookEvent(rawValue: $0)! }),
    .name
  ).map(
    { names, _, _ in Dictionary(uniqueKeysWithValues: names.map { (HookEvent(rawValue: $0.key)!, $0.value) }) },
    back: { hooks in Dictionary(uniqueKeysWithValues: hooks.map { ($0.key.rawValue, $0.value) }) })

  static let shape = Shape.object(WorkflowDefinition(name: ""), fields)
}
