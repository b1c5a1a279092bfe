/// How many intervals hold a time, over time: from each time on so many, until the next. The last step is to 0. Intervals without a length are not seen.
///
/// - Parameters: starts and ends of the intervals, as many of each, in any order.
/// - Complexity: O(n log n).
package func runningSteps(starts: [Int64], ends: [Int64]) -> [(time: Int64, running: Int)] {
  let (starts, ends) = (starts.sorted(), ends.sorted())
  var steps: [(time: Int64, running: Int)] = []
  var (start, end) = (0, 0)
  while end < ends.count {
    let time = start < starts.count ? min(starts[start], ends[end]) : ends[end]
    while start < starts.count, starts[start] == time { start += 1 }
    while end < ends.count, ends[end] == time { end += 1 }
    if start - end != steps.last?.running ?? 0 { steps.append((time, start - end)) }
  }
  return steps
}
