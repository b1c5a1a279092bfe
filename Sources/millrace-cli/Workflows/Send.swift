#if Workflow
  import ArgumentParser
  import Foundation
  import MillraceWorkflow

  struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a run the event that it waits for: an approval, a callback.",
      discussion: """
        The event is kept until the run takes it, also when it comes early. If a `millrace run` or `millrace serve` drives the run, that goes on at \
        once; else when the run is driven next, or with --wait.

        Examples:
          millrace send last approved
          millrace send 019ab34cd0125f2e paid --payload '{"amount": 12}' --id payment-7

        Exit codes: \(ExitCodes.help)
        """)

    @OptionGroup var control: SendTarget

    func run() async throws {
      guard let payload = try? JSONValue(json: control.payload.utf8) else {
        throw complain("--payload is expected to be JSON; found \(control.payload)", code: ExitCodes.usage)
      }
      let command = RunCommand.send(id: control.id ?? UUID().uuidString, event: control.event, payload: payload)
      try await control.control.perform(command, done: "has the event \(control.event)")
    }
  }

  /// The run comes before the event's name.
  struct SendTarget: ParsableArguments {
    @OptionGroup var control: Control

    @Argument(help: "The event's name, as the definition has it.")
    var event: String

    @Option(help: ArgumentHelp("What the event carries.", valueName: "json"))
    var payload = "null"

    @Option(help: "Names the event: a second one with the same id is not taken. Default: a new one.")
    var id: String?
  }
#endif
