import MillraceWorkflow

/// A kind of task that takes any input.
struct AnyHandler: TaskHandler {
  var kind: String

  func check(_ task: TaskDefinition, at place: String) throws(WorkflowError) {
    guard task.input["refused"] == nil else {
      throw WorkflowError(.invalidDefinition, "expected no such thing", at: "\(place).refused")
    }
  }

  func run(_ input: JSONValue, _ context: TaskContext) async throws -> JSONValue { input }

  static let kinds = Dictionary(
    uniqueKeysWithValues: ["process", "http", "sql", "file", "csv", "swift"].map { ($0, AnyHandler(kind: $0)) })
}

/// Definitions that use everything.
enum Definitions {
  static let report = #"""
    {
      "name": "report", "summary": "What came in last night", "durability": "powerLoss", "deadline": "2d",
      "parameters": [
        {"name": "day", "type": "string"},
        {"name": "mode", "type": {"oneOf": ["full", "fast"]}, "default": "full", "summary": "How much"},
        {"name": "sources", "type": {"array": {"object": {"url": "string"}}}, "default": [{"url": "http://a"}]}
      ],
      "tasks": {
        "fetch": {
          "kind": "http", "input": {"url": "${source.url}", "token": "Bearer ${secrets.TOKEN}"},
          "foreach": {"elements": "parameters.sources", "variable": "source", "limit": 20, "parallel": 4},
          "outputs": {"path": "string", "rows": "integer"}, "timeout": "30s",
          "retry": {"attempts": 3, "backoff": "500ms", "cap": "10s", "nonRetryable": ["HTTP 404"], "deadline": "5m"},
          "circuit": "source", "queue": "downloads", "fallback": "cached"
        },
        "cached": {"kind": "file", "input": {"read": "${'/cache/' + parameters.day}"}},
        "clean": {
          "kind": "csv", "input": {"files": "${tasks.fetch[*].path}"}, "outputs": {"rows": "integer", "path": "string"},
          "resources": {"memory": 2}, "heartbeat": "10s", "cache": {"lifetime": "12h"}, "compensate": "remove"
        },
        "remove": {"kind": "file", "input": {"delete": "${tasks.clean.path}"}},
        "size": {
          "kind": "switch",
          "cases": [{"when": "tasks.clean.rows > 1000", "tasks": ["large"]}, {"tasks": ["small"]}]
        },
        "large": {"kind": "process", "limits": {"memory": "512MiB", "cpu": "60s"}, "when": "parameters.mode == 'full'"},
        "small": {"kind": "swift"},
        "load": {"kind": "call", "needs": ["large", "small"], "skipPolicy": "any",
          "input": {"function": "load", "parameters": {"table": "report", "rows": "${tasks.clean.rows}"}}},
        "approve": {"kind": "wait", "needs": ["load"], "input": {"approval": "release"}, "timeout": "8h"},
        "tell": {"kind": "emit", "input": {"topic": "reports", "payload": {"rows": "${tasks.load.rows}"}}, "needs": ["approve"]},
        "alarm": {"kind": "http", "input": {"url": "http://alarm", "reason": "${event.reason}"}}
      },
      "functions": {
        "load": {
          "parameters": {"table": {"type": "string"}, "rows": {"type": "integer"}, "limit": {"type": "integer", "default": 10}},
          "tasks": {
            "insert": {"kind": "sql", "input": {"table": "${parameters.table}", "limit": "${parameters.limit}"}},
            "count": {"kind": "sql", "input": {"after": "${tasks.insert.id}", "expected": "${parameters.rows}"}}
          },
          "outputs": {"rows": "${tasks.count.rows}", "table": "${parameters.table}"}
        }
      },
      "resources": {"memory": 4},
      "circuits": {"source": {"failures": 3, "open": "1m", "retryBudget": 0.5}},
      "queues": {"downloads": {"concurrency": 4, "rate": 10, "timeout": "10m", "whenFull": "error", "isFair": false}},
      "triggers": {
        "nightly": {"cron": {"expression": "0 3 * * *", "timeZone": "Europe/Berlin"}, "input": {"day": "${event.time}"}, "catchUp": "all"},
        "dropped": {"file": {"folder": "/in", "pattern": "*.csv"}, "input": {"day": "${event.name}"}},
        "asked": {"event": {"topic": "ask", "when": "event.urgent"}, "input": {"day": "today", "mode": "fast"}},
        "hot": {"threshold": {"metric": "load", "above": 0.75}, "input": {"day": "now"}},
        "after": {"workflow": {"name": "import", "states": ["completed", "failed"]}, "input": {"day": "${event.day}"}},
        "often": {"interval": "1h30m", "input": {"day": "x"}, "catchUpWindow": "PT2H"}
      },
      "outputs": {"rows": "${tasks.load.rows}", "note": "${tasks.load.rows} rows of ${parameters.day}"},
      "hooks": {"failed": "alarm"},
      "pauseAfterErrors": 10, "resumeAfter": "1m", "exclusiveKey": "${parameters.day}",
      "retention": {"age": "30d", "count": 1000}
    }
    """#
}
