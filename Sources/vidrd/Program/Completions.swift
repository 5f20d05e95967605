import ArgumentParser
import Foundation

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the script with which a shell completes commands, options and their values.",
        discussion: """
            Examples:
              vidrd completions bash > ~/.local/share/bash-completion/completions/vidrd
              vidrd completions zsh > ~/.zfunc/_vidrd     # in a folder of fpath, before compinit
              vidrd completions fish > ~/.config/fish/completions/vidrd.fish
            """)

    @Argument(help: "bash, zsh or fish.", completion: .list(CompletionShell.allCases.map(\.rawValue)), transform: Self.shell)
    var shell: CompletionShell

    func run() throws { Console.result(try CompletionScript.text(for: shell)) }

    @Sendable private static func shell(_ text: String) throws -> CompletionShell {
        guard let shell = CompletionShell(rawValue: text) else { throw ValidationError("allowed are bash, zsh and fish") }
        return shell
    }
}

/// The argument parser's scripts, and what they lack: "vidrd PROMPT" is short for "vidrd generate PROMPT", so the options
/// of generate complete without it.
enum CompletionScript {
    static func text(for shell: CompletionShell) throws -> String {
        let script = withModels(Vidrd.completionScript(for: shell), shell)
        let names = try CommandTree.read().commands.map(\.commandName) + ["help"]
        switch shell {
        case .bash: return script + "\n" + bash(names)
        case .zsh: return zsh(script, names)
        default: return script + "\n" + fish(script, names)
        }
    }

    /// For options that take a model: folders, and the names of models that ship.
    static var models: CompletionKind { .shellCommand(modelsMark) }
    private static let modelsMark = "vidrd-models"

    /// The parser completes an option's value with folders or with words; where both are wanted it was given a mark.
    private static func withModels(_ script: String, _ shell: CompletionShell) -> String {
        let names = Shipped.models.keys.sorted()
        let (words, both): (String, String)
        switch shell {
        case .bash:
            words = "-W \"$(eval '\(modelsMark)')\""
            both = "-d; __vidrd_add_completions -W $'\(names.joined(separator: "\\n"))'"
        case .zsh:
            words = "{local -a list;list=(${(f)\"$(\(modelsMark))\"});_describe -V \"\" list}"
            both = "{_files -/;compadd -- \(names.joined(separator: " "))}"
        default:
            words = "'(\(modelsMark))'"
            both = "'(__vidrd_complete_directories; \(names.map { "echo \($0)" }.joined(separator: "; ")))'"
        }
        return script.replacingOccurrences(of: words, with: both)
    }

    /// Completes as if the default command had been typed, where no command was.
    private static func bash(_ names: [String]) -> String {
        """

        _vidrd_or_generate() {
            if [[ "${COMP_CWORD}" -gt 1 || "${2}" = -* ]]; then
                case "${COMP_WORDS[1]}" in
                \(names.joined(separator: "|"))) ;;
                *)
                    local -a typed=("${COMP_WORDS[@]}")
                    local -a COMP_WORDS=("${typed[0]}" generate "${typed[@]:1}")
                    local -i COMP_CWORD=$((COMP_CWORD + 1))
                    ;;
                esac
            fi
            _vidrd "${@}"
        }
        complete -o filenames -F _vidrd_or_generate vidrd
        """
    }

    /// The parser's function steps back behind one that completes the words first; it keeps its name, because zsh calls
    /// the function that is named like the file.
    private static func zsh(_ script: String, _ names: [String]) -> String {
        guard let start = script.range(of: "\n_vidrd() {\n") else { return script }
        return script[..<start.lowerBound] + """

            _vidrd() {
                if (( CURRENT > 2 )) || [[ "${words[2]}" = -* ]]; then
                    case "${words[2]}" in
                    \(names.joined(separator: "|"))) ;;
                    *)
                        words=("${words[1]}" generate "${(@)words[2,-1]}")
                        (( CURRENT++ ))
                        ;;
                    esac
                fi
                _vidrd_commands "${@}"
            }

            _vidrd_commands() {

            """ + script[start.upperBound...]
    }

    /// The lines for generate once more, under a condition of their own: no command has been typed.
    private static func fish(_ script: String, _ names: [String]) -> String {
        let condition = "__vidrd_has_no_command"
        let copied = script.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("complete "), line.contains("generate"), let start = line.range(of: " -n '") else { return nil }
            guard let end = line[start.upperBound...].firstIndex(of: "'"), line[start.upperBound..<end].contains("\"vidrd generate\"") else { return nil }
            return line[..<start.lowerBound] + " -n '\(condition)'" + line[line.index(after: end)...]
        }
        return """

            function \(condition)
                set -l words (commandline -poc)
                test (count $words) -lt 2; or not contains -- $words[2] \(names.joined(separator: " "))
            end
            \(copied.joined(separator: "\n"))
            """
    }
}
