#if Workflow
  import ArgumentParser

  @main
  struct Examples: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "examples", abstract: "Worked examples of durable workflows.",
      subcommands: [Deployment.self, Forecast.self, Orders.self])
  }
#else
  @main
  enum Examples {
    static func main() { print("The examples need the package's trait Workflow: swift run --traits Workflow examples") }
  }
#endif
