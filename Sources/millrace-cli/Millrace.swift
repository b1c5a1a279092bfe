import ArgumentParser

@main
struct MillraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "millrace", abstract: "Work on a work-stealing executor, from the command line.", version: "0.1.0",
    subcommands: [Analyze.self, Graph.self, Mandelbrot.self, Profile.self])
}
