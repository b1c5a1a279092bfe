import ArgumentParser

@main
struct MillraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "millrace", abstract: "Work on a work-stealing executor, from the command line.", version: "0.1.0",
    subcommands: workflows + [Analyze.self, Graph.self, Mandelbrot.self, Profile.self, Bench.self, Completion.self])

  /// What is there with the trait `Workflow` only.
  private static var workflows: [any ParsableCommand.Type] {
    #if Workflow
      [
        Run.self, Check.self, SchemaCommand.self, Runs.self, Show.self, Logs.self, Top.self, Trigger.self, Serve.self,
        Send.self, Pause.self, Resume.self, Cancel.self, Retry.self, Restart.self, Fork.self, Erase.self, Backfill.self,
        Breakers.self, Alerts.self, DeadLetterCommand.self,
      ]
    #else
      []
    #endif
  }
}
