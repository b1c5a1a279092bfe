import ArgumentParser

struct Completion: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a script by which a shell completes commands, options, runs and workflows.",
    discussion: """
      Examples:
        millrace completion bash > ~/.local/share/bash-completion/completions/millrace
        millrace completion zsh > ~/.zsh/completions/_millrace
        millrace completion fish > ~/.config/fish/completions/millrace.fish
      """)

  enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

  @Argument(help: "The shell: \(Shell.allCases.map(\.rawValue).joined(separator: ", ")).")
  var shell: Shell

  func run() {
    print(MillraceCommand.completionScript(for: CompletionShell(rawValue: shell.rawValue)!))
  }
}
