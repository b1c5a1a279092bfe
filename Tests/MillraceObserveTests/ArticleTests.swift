#if Workflow
  import Foundation
  import MillraceObserve
  import Testing

  struct ArticleTests {
    /// The table of the article says what Prometheus is told.
    @Test func everyMetricIsInTheArticle() throws {
      let article = try String(
        contentsOf: Command.root.appending(path: "Sources/MillraceObserve/MillraceObserve.docc/Observing.md"),
        encoding: .utf8)
      let rows = article.split(separator: "\n").filter { $0.hasPrefix("| `millrace_") }.map(String.init)
      let expected = MetricDescription.all.map { metric in
        "| `\(metric.name)` | \(metric.kind) | \(metric.labels.map { "`\($0)`" }.joined(separator: ", ")) | \(metric.help) |"
      }
      #expect(rows == expected, "\(zip(rows, expected).first { $0 != $1 } as Any)")
    }
  }
#endif
