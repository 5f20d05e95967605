import ArgumentParser

/// The readers of what a user writes, without the work that follows: for tests that throw a great many command lines and
/// prompt files at them.
package enum CommandLineReader {
    /// How the program would end, and with which message.
    package struct Refusal: Equatable {
        package let code: Int32
        package let message: String

        package init(_ error: any Error) { (code, message) = (Failure.code(for: error), Failure.message(for: error)) }
    }

    /// Nil for a command line that is taken, and for one that asks for help or the version.
    package static func refusal(of arguments: [String]) -> Refusal? {
        do {
            let command = try Vidrd.parseAsRoot(InlineChoice.completed(arguments))
            try (command as? Generate)?.check()
            return nil
        } catch {
            return Vidrd.exitCode(for: error).isSuccess ? nil : Refusal(error)
        }
    }

    /// What is wrong with a prompt file: one entry for the file, or one for each of its lines.
    package static func refusals(ofPromptFile path: String) -> [Refusal] {
        do {
            return try PromptFile(path).entries.compactMap { entry in
                if case let .failure(error) = entry.request { return Refusal(error) }
                return nil
            }
        } catch {
            return [Refusal(error)]
        }
    }

    /// All commands, as words behind "vidrd", with the names of their options.
    package static func commands() throws -> [(words: [String], options: [String])] {
        try CommandTree.read().walk().map { path, command in
            let options = (command.arguments ?? []).filter(\.shouldDisplay).flatMap { $0.names ?? [] }.map(\.text)
            return (path.split(separator: " ").dropFirst().map(String.init), options)
        }
    }
}
