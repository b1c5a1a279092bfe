#if Workflow
  /// What a metric means: a line of the documentation, and of what Prometheus is told.
  public struct MetricDescription: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
      case counter, gauge, histogram
    }

    /// As Prometheus has it: with its unit, and `_total` for counters.
    public let name: String
    public let kind: Kind
    /// A sentence.
    public let help: String
    public let labels: [String]
    /// Upper ends of a histogram's buckets, ascending, without the infinite one; empty for other kinds.
    public let buckets: [Double]

    /// - Precondition: the buckets ascend; there are some if it is a histogram, else none.
    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], buckets: [Double]? = nil) {
      let buckets = buckets ?? (kind == .histogram ? Self.seconds : [])
      precondition(
        (kind == .histogram) == !buckets.isEmpty && zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 },
        "MetricDescription: ascending buckets are expected for a histogram, and none else; found \(buckets) for \(name)"
      )
      self.name = name
      self.kind = kind
      self.help = help
      self.labels = labels
      self.buckets = buckets
    }

    /// From 10 µs to an hour.
    public static let seconds: [Double] = [
      0.000_01, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 3600,
    ]
    /// Of things that are counted.
    public static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
  }

  /// All metrics of this package.
  extension MetricDescription {
    // MARK: Runs

    static let runsStarted = Self(
      "millrace_runs_started_total", .counter, "Runs that were started here.", labels: ["workflow"])
    static let runsEnded = Self(
      "millrace_runs_ended_total", .counter, "Runs that have come to a final state.", labels: ["workflow", "state"])
    static let runChanges = Self(
      "millrace_run_changes_total", .counter, "Changes of runs from one state to another.",
      labels: ["workflow", "from", "to"])
    static let runSeconds = Self(
      "millrace_run_seconds", .histogram, "From a run's start to its end.", labels: ["workflow"])
    static let runsStored = Self(
      "millrace_runs_stored", .gauge, "Runs in the store that have not ended, by state, when it was last looked at.",
      labels: ["state"])
    static let runsInMemory = Self(
      "millrace_runs_in_memory", .gauge, "Runs with an attempt or a commit under way in this process.")

    // MARK: Steps

    static let stepSeconds = Self(
      "millrace_step_seconds", .histogram,
      "From the beginning of a step's first attempt to the step's end, with waits in queues and between attempts.",
      labels: ["workflow", "step"])
    static let stepsEnded = Self(
      "millrace_steps_ended_total", .counter, "Steps that have come to a final state.",
      labels: ["workflow", "step", "state"])
    static let stepErrors = Self(
      "millrace_step_errors_total", .counter, "Attempts that have failed, or timed out.",
      labels: ["workflow", "step", "kind"])
    static let stepRetries = Self(
      "millrace_step_retries_total", .counter, "Failed attempts that are tried again.", labels: ["workflow", "step"])

    // MARK: Queues and breakers

    static let queueDepth = Self(
      "millrace_queue_depth", .gauge, "Attempts that wait for a place in a queue.", labels: ["queue"])
    static let queueRunning = Self(
      "millrace_queue_running", .gauge, "Attempts under way that a queue has let begin.", labels: ["queue"])
    static let queueWait = Self(
      "millrace_queue_wait_seconds", .histogram, "How long attempts that began have waited in a queue.",
      labels: ["queue"])
    static let refusals = Self(
      "millrace_refusals_total", .counter,
      "Runs and attempts that were turned away: by a full queue, a wait in it that was too long, an open breaker, or runs that start each other too often.",
      labels: ["gate", "name"])
    static let circuitState = Self(
      "millrace_circuit_state", .gauge, "A circuit breaker: 0 is closed, 1 half-open, 2 open.", labels: ["circuit"])
    static let circuitChanges = Self(
      "millrace_circuit_changes_total", .counter, "Changes of a circuit breaker's state, by the new one.",
      labels: ["circuit", "state"])

    // MARK: The store

    static let commitSeconds = Self(
      "millrace_commit_seconds", .histogram,
      "How long commits took, with the synchronisation of the disk where the store's durability asks for it.",
      labels: ["durability"])
    static let commitChanges = Self(
      "millrace_commit_changes", .histogram, "Changes of runs in one commit.", labels: ["durability"], buckets: counts)
    static let storeErrors = Self(
      "millrace_store_errors_total", .counter, "Commits that have failed as a whole; they are tried again.",
      labels: ["durability"])
    static let trouble = Self(
      "millrace_trouble_total", .counter, "Entries of trouble that the engine has told: store, lease, outbox.",
      labels: ["kind"])

    // MARK: Events and roles

    static let outboxEvents = Self(
      "millrace_outbox_events", .gauge,
      "Events in the outbox that wait to be handed on, when it was last looked at; at most 1000 are counted.")
    static let outboxRelayed = Self(
      "millrace_outbox_relayed_total", .counter, "Events that have left the outbox.")
    static let streamLag = Self(
      "millrace_stream_lag_events", .gauge, "Events of a topic that a group of consumers has yet to acknowledge.",
      labels: ["topic", "group"])
    static let leasesHeld = Self(
      "millrace_leases_held", .gauge, "Leases that this engine holds, by what they are for.",
      labels: ["workflow", "process"])
    static let leaseRenewed = Self(
      "millrace_lease_renewed_timestamp_seconds", .gauge, "When a lease that this engine holds was renewed last.",
      labels: ["role"])
    static let triggerOccasions = Self(
      "millrace_trigger_occasions_total", .counter, "What triggers have done.",
      labels: ["workflow", "trigger", "result"])

    // MARK: Alerts and spans

    static let alertsActive = Self(
      "millrace_alerts_active", .gauge, "Alerts that have not recovered.", labels: ["rule"])
    static let alertsRaised = Self(
      "millrace_alerts_raised_total", .counter, "Alerts that were raised.", labels: ["rule"])
    static let sinkFailures = Self(
      "millrace_alert_sink_failures_total", .counter, "Messages about alerts that a sink could not deliver.",
      labels: ["sink"])
    static let spansExported = Self(
      "millrace_spans_exported_total", .counter, "Spans that a collector has taken.")
    static let spansDropped = Self(
      "millrace_spans_dropped_total", .counter,
      "Spans that were thrown away because the buffer was full, or no collector took them.")

    // MARK: The floors below

    static let executorJobs = Self(
      "millrace_executor_jobs_total", .counter, "Jobs that workers took from queues.", labels: ["worker"])
    static let executorBusy = Self(
      "millrace_executor_busy_seconds_total", .counter, "How long workers did not sleep.", labels: ["worker"])
    static let executorIdle = Self(
      "millrace_executor_idle_seconds_total", .counter, "How long workers slept.", labels: ["worker"])
    static let executorSteals = Self(
      "millrace_executor_steals_total", .counter, "Jobs that workers took from each other.", labels: ["worker"])
    static let executorParks = Self(
      "millrace_executor_parks_total", .counter, "Times that workers went to sleep.", labels: ["worker"])
    static let executorQueued = Self(
      "millrace_executor_queued_jobs", .gauge, "Jobs ready on a worker's queue.", labels: ["worker"])
    static let executorInjected = Self(
      "millrace_executor_injected_total", .counter, "Jobs that came from outside of the workers.")
    static let executorWaiting = Self(
      "millrace_executor_waiting_jobs", .gauge, "Jobs from outside that no worker has taken yet.")
    static let allocated = Self(
      "millrace_allocated_bytes", .gauge, "Memory that the allocator, jemalloc, has given out.")
    static let timersPending = Self("millrace_timers_pending", .gauge, "Timers of the process that wait.")
    static let timersFired = Self("millrace_timers_fired_total", .counter, "Timers of the process that have fired.")
    static let timerLateness = Self(
      "millrace_timer_lateness_seconds_total", .counter, "By how much timers that have fired were late, together.")

    // MARK: Of the registry itself

    static let overflows = Self(
      "millrace_metrics_overflows_total", .counter,
      "Series that were not made, because a metric had as many as it may have: they are counted in one whose labels say \"other\".",
      labels: ["metric"])

    public static let all: [MetricDescription] = [
      runsStarted, runsEnded, runChanges, runSeconds, runsStored, runsInMemory, stepSeconds, stepsEnded, stepErrors,
      stepRetries, queueDepth, queueRunning, queueWait, refusals, circuitState, circuitChanges, commitSeconds,
      commitChanges, storeErrors, trouble, outboxEvents, outboxRelayed, streamLag, leasesHeld, leaseRenewed,
      triggerOccasions, alertsActive, alertsRaised, sinkFailures, spansExported, spansDropped, executorJobs,
      executorBusy, executorIdle, executorSteals, executorParks, executorQueued, executorInjected, executorWaiting,
      allocated, timersPending, timersFired, timerLateness, overflows,
    ]
  }
#endif
