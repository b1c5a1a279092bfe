import CBodies
import Millrace
import MillraceBench

/// Ten children at every level, the leaves' numbers are added up.
func skynet(_ options: Options) -> Plan? {
  let leaves = options.size > 0 ? options.size : 10_000_000
  let answer = Place(0)
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = Skynet.serial(0, leaves) }
  case "millrace": body = { answer.value = Skynet.millrace(0, leaves) }
  case "taskgroup" where leaves <= 1_000_000: body = { awaitHere { answer.value = await Skynet.taskGroup(0, leaves) } }
  default: return nil
  }
  return .repeated(leaves, enter: entrance(options), body) { answer.value == leaves * (leaves - 1) / 2 }
}

/// All placements of n queens; every safe placement of a row's queen is a fork.
func nqueens(_ options: Options) -> Plan? {
  let n = options.size > 0 ? options.size : 13
  let answer = Place((solutions: 0, tasks: 0))
  let known = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14_200, 73_712, 365_596]
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value.solutions = queensSerial(body_board(), 0, n) }
  case "millrace": body = { answer.value.solutions = queensMillrace(body_board(), 0, n) }
  default: return nil
  }
  return .repeated(queensTasks(body_board(), 0, n), enter: entrance(options), body) {
    answer.value.solutions == known[n]
  }
}

private func place(_ board: body_board, _ row: Int, _ column: Int) -> body_board? {
  var next = board
  withUnsafeMutableBytes(of: &next) { $0[row] = UInt8(column) }
  return body_board_is_safe(&next, Int32(row)) ? next : nil
}

func queensTasks(_ board: body_board, _ row: Int, _ n: Int) -> Int {
  if row == n { return 0 }
  return (0..<n).reduce(0) { sum, column in
    place(board, row, column).map { sum + 1 + queensTasks($0, row + 1, n) } ?? sum
  }
}

func queensSerial(_ board: body_board, _ row: Int, _ n: Int) -> Int {
  if row == n { return 1 }
  return (0..<n).reduce(0) { sum, column in place(board, row, column).map { sum + queensSerial($0, row + 1, n) } ?? sum
  }
}

func queensMillrace(_ board: body_board, _ row: Int, _ n: Int) -> Int {
  if row == n { return 1 }
  return Parallel.reduce(
    0..<n, identity: 0, { column in place(board, row, column).map { queensMillrace($0, row + 1, n) } ?? 0 }, combine: +)
}

/// An unbalanced tree is searched; every node is a fork.
func uts(_ options: Options) -> Plan? {
  let answer = Place(0)
  let nodes = treeSerial(body_tree_root(), isRoot: true)
  let body: () -> Void
  switch options.contender {
  case "serial": body = { answer.value = treeSerial(body_tree_root(), isRoot: true) }
  case "millrace": body = { answer.value = treeMillrace(body_tree_root(), isRoot: true) }
  default: return nil
  }
  return .repeated(nodes, enter: entrance(options), body) { answer.value == nodes }
}

func treeSerial(_ node: body_node, isRoot: Bool) -> Int {
  (0..<body_tree_child_count(node, isRoot)).reduce(1) { $0 + treeSerial(body_tree_child(node, $1), isRoot: false) }
}

func treeMillrace(_ node: body_node, isRoot: Bool) -> Int {
  let children = Int(body_tree_child_count(node, isRoot))
  if children == 0 { return 1 }
  return 1
    + Parallel.reduce(
      0..<children, identity: 0, { treeMillrace(body_tree_child(node, Int32($0)), isRoot: false) }, combine: +)
}
