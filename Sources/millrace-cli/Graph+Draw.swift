import ArgumentParser
import Foundation
import Millrace
import MillraceWfFormat

extension Graph {
  struct Draw: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument { case svg, dot, mermaid, json }

    static let configuration = CommandConfiguration(
      abstract: "Draw a workflow as a graph.",
      discussion: """
        Reads a workflow that `millrace run` runs (YAML or JSON), or a recorded one in WfFormat (WfCommons; versions 1.4, 1.5 and 1.6), and writes it \
        to standard output: as SVG, which Graphviz draws, in the language of Graphviz (dot) or of Mermaid, or as JSON. Without --format it is SVG when Graphviz is installed, and else dot. Pictures are \
        refused above 5000 tasks or dependencies, with Mermaid above 500; JSON never is. The word draw may be left out.

        Examples:
          millrace graph montage.json > montage.svg
          millrace graph draw weather.yaml --format mermaid

        Exit codes: 0 done; 64 wrong usage, or a picture of too much; 65 the file is malformed (the message names line, column and JSON path); 66 it \
        cannot be read; 69 Graphviz is not installed though --format svg asks for it, or has failed.
        """)

    @Argument(help: "The workflow (YAML or JSON).", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @Option(help: "What to write; default: svg when Graphviz is installed, else dot.")
    var format: Format?

    func run() throws {
      do {
        let drawing = try drawing()
        switch format {
        case nil:
          let dot = try drawing.dot()
          if let tool = Self.graphviz {
            print(try svg(dot, by: tool), terminator: "")
          } else {
            note("there is no dot in PATH, so this is in Graphviz's language; for SVG \(Self.installation)")
            print(dot, terminator: "")
          }
        case .svg:
          guard let tool = Self.graphviz else {
            throw complain(
              "SVG is drawn by Graphviz, and there is no dot in PATH; \(Self.installation), or take --format dot",
              code: 69)
          }
          print(try svg(drawing.dot(), by: tool), terminator: "")
        case .dot: print(try drawing.dot(), terminator: "")
        case .mermaid: print(try drawing.mermaid(), terminator: "")
        case .json: print(drawing.json(), terminator: "")
        }
      } catch let error as WfFormatError {
        // A subcommand that is misspelt is taken for a file.
        let isWord = error.code == .unreadable && file.allSatisfy { $0.isLetter || $0 == "-" }
        throw isWord
          ? complain("\(error), and there is no such subcommand; expected a file, draw, run or simulate", code: 66)
          : complain(error)
      } catch let error as GraphError {
        throw complain("\(file): \(error)", code: 64)
      }
    }

    /// The languages in which a graph can be written.
    struct Drawing {
      let dot: () throws -> String
      let mermaid: () throws -> String
      let json: () -> String
    }

    private func drawing() throws -> Drawing {
      #if Workflow
        if Graph.isDefinition(file) { return try Graph.drawing(ofDefinition: file) }
      #else
        if file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
          throw complain("\(file): workflows in YAML need millrace to be built with the trait Workflow", code: 64)
        }
      #endif
      let plan = try plan(of: RecordedWorkflow(path: file))
      return Drawing(dot: { try plan.dot() }, mermaid: { try plan.mermaid() }, json: { plan.json() })
    }

    private func plan(of workflow: RecordedWorkflow) throws(GraphError) -> Plan {
      var graph = TaskGraph()
      for task in 0..<workflow.taskCount { graph.addNode(workflow.label(ofTask: task)) }
      graph.addEdges(of: workflow)
      return try graph.finalize()
    }

    private static let installation = "install it (apt-get install graphviz, or brew install graphviz)"

    /// Where the tool is; nil: not installed.
    private static var graphviz: String? {
      let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      return folders.map { "\($0)/dot" }.first(where: FileManager.default.isExecutableFile)
    }

    private func svg(_ dot: String, by tool: String) throws -> String {
      // Through files: pipes would have to be filled and emptied at once.
      let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-draw-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let (source, picture) = (folder.appending(path: "graph.dot"), folder.appending(path: "graph.svg"))
      try writeFile(dot, to: source.path)
      let process = Process()
      process.executableURL = URL(filePath: tool)
      // From left to right: workflows are much wider than deep, and names are wider than high.
      process.arguments = ["-Tsvg", "-Grankdir=LR", "-Gnodesep=0.1", "-o", picture.path, source.path]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0, let text = try? String(contentsOf: picture, encoding: .utf8) else {
        throw complain("\(tool) failed (status \(process.terminationStatus)); its message is above", code: 69)
      }
      return text
    }
  }
}
