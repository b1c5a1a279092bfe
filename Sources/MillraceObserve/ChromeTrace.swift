import Foundation
import MillraceExecutor

/// A timeline as Chrome trace JSON, which <https://ui.perfetto.dev> and `chrome://tracing` open.
///
/// A track per worker, and one for threads from outside. Jobs, stolen forks, named stretches, the bodies of graphs' nodes that have names, and wake-ups are complete events; an arrow leads from the job that forked to the worker that
/// stole it, and from the waker to the woken; where a worker goes to sleep stands an instant event.
public struct ChromeTrace: Sendable {
  var lines: [String] = []

  init(lines: [String]) { self.lines = lines }

  public init(_ timeline: ProfileTimeline, processName: String = "millrace") {
    var writer = TraceWriter(timeline)
    writer.write(processName: processName)
    lines = writer.lines
  }

  /// One event a line.
  public var json: String {
    "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }
}

private struct TraceWriter {
  /// An event and where it stands in its track.
  private struct Placed {
    var track: Int
    var time: Int64
    /// Negative length: of two slices that begin together the outer one comes first, and arrows come after the slices that they lie in.
    var rank: Int64
    var line: String
  }

  let timeline: ProfileTimeline
  var lines: [String] = []
  private var placed: [Placed] = []
  private var tracks: [Int?]
  private var arrows = 0
  private var texts: [ProfileName: String] = [:]

  init(_ timeline: ProfileTimeline) {
    self.timeline = timeline
    tracks = timeline.tracks
  }

  mutating func write(processName: String) {
    if timeline.sleeps.contains(where: { $0.unparked != nil && $0.wokenBy == nil }), !tracks.contains(nil) {
      tracks.append(nil)
    }
    writeSlices()
    writeSleeps()
    for timer in timeline.timers {
      instant(timer.track, timer.time.nanoseconds, "timer", "{\"late_ns\":\(timer.nanosecondsLate)}")
    }
    lines.append("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\(quoted(processName))}}")
    for (track, worker) in tracks.enumerated() {
      let name = worker.map { "worker \($0)" } ?? "outside"
      lines.append(
        "{\"ph\":\"M\",\"pid\":1,\"tid\":\(tid(track)),\"name\":\"thread_name\",\"args\":{\"name\":\"\(name)\"}}")
      lines.append(
        "{\"ph\":\"M\",\"pid\":1,\"tid\":\(tid(track)),\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":\(tid(track))}}"
      )
    }
    placed.sort { ($0.track, $0.time, $0.rank) < ($1.track, $1.time, $1.rank) }
    lines += placed.map(\.line)
  }

  private mutating func writeSlices() {
    // What is open on each track, to see in which slice an arrow begins.
    let top = Dictionary(grouping: timeline.slices.filter { $0.depth == 0 }, by: \.track)
    for slice in timeline.slices {
      let kind = ProfileTimeline.kindName(slice.kind)
      var details: [String] = []
      if slice.id != 0 { details.append("\"id\":\"0x\(String(slice.id, radix: 16))\"") }
      if slice.task != 0 { details.append("\"task\":\(slice.task)") }
      if let then = slice.then { details.append("\"then\":\"\(then)\"") }
      if let submitted = slice.submitted {
        details.append("\"queue_wait_ns\":\(slice.start.nanoseconds - submitted.nanoseconds)")
      }
      if !slice.hasEnded { details.append("\"unfinished\":true") }
      let name = slice.name.map { text($0) } ?? kind
      complete(
        slice.track, slice.start.nanoseconds, slice.end.nanoseconds - slice.start.nanoseconds, name, kind,
        "{\(details.joined(separator: ","))}")
      if case .fork(let from) = slice.kind, let victim = timeline.track(ofWorker: from), victim != slice.track,
        top[victim].map({ Self.covers($0, slice.start) }) ?? false
      {
        arrow("steal", from: victim, slice.start.nanoseconds, to: slice.track, slice.start.nanoseconds)
      }
    }
  }

  /// Whether one of the slices, which are in order and apart, covers the instant.
  private static func covers(_ slices: [ProfileTimeline.Slice], _ time: ProfileInstant) -> Bool {
    var (low, high) = (0, slices.count)
    while low < high {
      let middle = (low + high) / 2
      if slices[middle].start <= time { low = middle + 1 } else { high = middle }
    }
    return low > 0 && time < slices[low - 1].end
  }

  private mutating func writeSleeps() {
    // A waker's slice ends before anything else begins or ends on its track.
    var edges: [Int: [Int64]] = [:]
    for slice in timeline.slices {
      edges[slice.track, default: []] += [slice.start.nanoseconds, slice.end.nanoseconds]
    }
    for sleep in timeline.sleeps {
      if let time = sleep.unparked, let waker = tracks.firstIndex(of: sleep.wokenBy) {
        edges[waker, default: []].append(time.nanoseconds)
        edges[sleep.track, default: []] += [time.nanoseconds, sleep.end!.nanoseconds]
      }
    }
    for track in edges.keys { edges[track]!.sort() }
    for sleep in timeline.sleeps {
      instant(sleep.track, sleep.start.nanoseconds, "parked", "{\"reason\":\"\(sleep.reason)\"}")
      guard let end = sleep.end, let time = sleep.unparked, let waker = tracks.firstIndex(of: sleep.wokenBy),
        waker != sleep.track
      else { continue }
      let next = Self.first(above: time.nanoseconds, in: edges[waker]!) ?? .max
      complete(waker, time.nanoseconds, min(500, next - time.nanoseconds), "wake", "wake-up", "{}")
      complete(
        sleep.track, time.nanoseconds, end.nanoseconds - time.nanoseconds, "wake-up", "wake-up",
        "{\"parked_ns\":\(end.nanoseconds - sleep.start.nanoseconds)}")
      arrow("wake-up", from: waker, time.nanoseconds, to: sleep.track, time.nanoseconds)
    }
  }

  private static func first(above value: Int64, in sorted: [Int64]) -> Int64? {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count ? sorted[low] : nil
  }

  // MARK: Events

  private func tid(_ track: Int) -> Int { tracks[track].map { $0 + 1 } ?? 0 }

  private mutating func complete(
    _ track: Int, _ time: Int64, _ length: Int64, _ name: String, _ category: String, _ details: String
  ) {
    placed.append(
      Placed(
        track: track, time: time, rank: -length,
        line:
          "{\"ph\":\"X\",\"pid\":1,\"tid\":\(tid(track)),\"ts\":\(chromeMicroseconds(time)),\"dur\":\(chromeMicroseconds(length)),\"name\":\(quoted(name)),\"cat\":\"\(category)\",\"args\":\(details)}"
      ))
  }

  private mutating func instant(_ track: Int, _ time: Int64, _ name: String, _ details: String) {
    placed.append(
      Placed(
        track: track, time: time, rank: 1,
        line:
          "{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":\(tid(track)),\"ts\":\(chromeMicroseconds(time)),\"name\":\"\(name)\",\"args\":\(details)}"
      ))
  }

  private mutating func arrow(_ name: String, from: Int, _ start: Int64, to: Int, _ end: Int64) {
    arrows += 1
    for (phase, track, time) in [("\"s\"", from, start), ("\"f\",\"bp\":\"e\"", to, end)] {
      placed.append(
        Placed(
          track: track, time: time, rank: 1,
          line:
            "{\"ph\":\(phase),\"id\":\(arrows),\"pid\":1,\"tid\":\(tid(track)),\"ts\":\(chromeMicroseconds(time)),\"name\":\"\(name)\",\"cat\":\"\(name)\"}"
        ))
    }
  }

  private mutating func text(_ name: ProfileName) -> String {
    if let text = texts[name] { return text }
    texts[name] = name.description
    return texts[name]!
  }
}

/// Nanoseconds as microseconds with three decimals, exactly.
func chromeMicroseconds(_ nanoseconds: Int64) -> String {
  let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
  let decimals = "\(rest + 1000)".dropFirst()
  return "\(nanoseconds < 0 ? "-" : "")\(whole).\(decimals)"
}

/// A JSON string.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case ..<" ": result += String(format: "\\u%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
