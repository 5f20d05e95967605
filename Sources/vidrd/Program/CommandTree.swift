import Foundation

/// The commands with their options, as the argument parser describes them (its format 0).
struct CommandTree: Decodable {
    struct Option: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
            /// "--length" or "-o".
            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        let shouldDisplay: Bool
        let isRepeating: Bool
        let isOptional: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let sectionTitle: String?
        let abstract: String?
        let discussion: String?
    }

    let commandName: String
    let shouldDisplay: Bool?
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandTree]?
    let arguments: [Option]?

    private struct Root: Decodable {
        let command: CommandTree
    }

    static func read() throws -> CommandTree {
        try JSONDecoder().decode(Root.self, from: Data(Vidrd._dumpHelp().utf8)).command
    }

    /// Those that help lists.
    var commands: [CommandTree] { (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" } }

    /// This command and those below it, depth first, each with its whole name, such as "vidrd train image".
    func walk(under parent: String = "") -> [(path: String, command: CommandTree)] {
        let path = parent.isEmpty ? commandName : "\(parent) \(commandName)"
        return [(path, self)] + commands.flatMap { $0.walk(under: path) }
    }
}
