import ArgumentParser
import Foundation

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man",
        abstract: "Write the manual page.",
        discussion: """
            The page covers all commands and comes as roff on stdout.

            Examples:
              vidrd man | man -l -
              vidrd man > ~/.local/share/man/man1/vidrd.1
            """)

    func run() throws { Console.result(ManualPage.text(try CommandTree.read())) }
}

/// The manual page, in the macros of man(7), from the tree of commands.
enum ManualPage {
    static func text(_ root: CommandTree) -> String {
        var lines = [
            ".TH VIDRD 1 \"\" \"vidrd \(BuildFacts.version)\" \"User Commands\"",
            ".SH NAME", "vidrd \\- \(escaped(root.abstract ?? ""))", ".SH SYNOPSIS",
        ]
        for (path, command) in root.walk() {
            guard command.commands.isEmpty else { continue }
            lines += [".B \(escaped(path))", synopsis(command), ".br"]
        }
        lines += [".SH DESCRIPTION"] + paragraphs(root.discussion) + [".SH COMMANDS"]
        for (path, command) in root.walk().dropFirst() {
            lines += [".SS \(escaped(path))"] + (command.abstract.map { [escaped($0)] } ?? [])
            lines += paragraphs(command.discussion)
            for option in command.arguments ?? [] where option.shouldDisplay && !isEverywhere(option) {
                lines += [".TP", heading(option), escaped(description(option))]
            }
        }
        lines += [".SH EXIT STATUS"]
        for (code, meaning) in Failure.meanings { lines += [".TP", ".B \(code)", escaped(meaning)] }
        lines += [".SH ENVIRONMENT"]
        for (name, meaning) in environment { lines += [".TP", ".B \(name)", escaped(meaning)] }
        return lines.joined(separator: "\n")
    }

    private static let environment = [
        ("VIDRD_MODEL", "Model folder where --model is not given."),
        ("VIDRD_CACHE", "Folder of the weights that evaluation fetches; else vidrd in XDG_CACHE_HOME or ~/.cache."),
        ("OPENBLAS_CORETYPE", "Holds OpenBLAS to the kernels of one processor; best left unset."),
        ("PATH", "Where ffmpeg and ffprobe are looked for."),
        ("COLUMNS", "Width of help and of the progress bar where the terminal does not tell."),
        ("TERM, TERM_PROGRAM, LC_TERMINAL, KITTY_WINDOW_ID, KONSOLE_VERSION", "How --inline finds out what the terminal can draw."),
    ]

    /// Help and version are options of every command.
    private static func isEverywhere(_ option: CommandTree.Option) -> Bool {
        option.kind == "flag" && (option.names ?? []).contains { $0.name == "help" || $0.name == "version" }
    }

    private static func synopsis(_ command: CommandTree) -> String {
        let positional = (command.arguments ?? []).filter { $0.kind == "positional" && $0.shouldDisplay }
        return (positional.map { option in
            let name = "\\fI\(escaped(option.valueName ?? "value"))\\fR" + (option.isRepeating ? " ..." : "")
            return option.isOptional ? "[\(name)]" : name
        } + ["[\\fIoptions\\fR]"]).joined(separator: " ")
    }

    private static func heading(_ option: CommandTree.Option) -> String {
        let value = option.kind == "flag" ? "" : " \\fI\(escaped(option.valueName ?? "value"))\\fR"
        guard option.kind != "positional" else { return String(value.dropFirst()) }
        // Short names first, as help has them.
        let names = (option.names ?? []).sorted { $0.kind == "short" && $1.kind != "short" }
        return names.map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ") + value
    }

    private static func description(_ option: CommandTree.Option) -> String {
        var text = [option.abstract, option.discussion].compactMap { $0 }.joined(separator: " ")
        if let value = option.defaultValue, !text.contains("(default:") { text += " (default: \(value))" }
        return text
    }

    /// Text with empty lines between paragraphs; lines that are indented stay lines.
    private static func paragraphs(_ text: String?) -> [String] {
        var lines: [String] = [], isExample = false
        for line in (text ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = line.hasPrefix(" ")
            if isIndented != isExample { lines.append(isIndented ? ".RS\n.nf" : ".fi\n.RE") }
            isExample = isIndented
            let content = line.trimmingCharacters(in: .whitespaces)
            lines.append(content.isEmpty ? ".PP" : escaped(content))
        }
        if isExample { lines.append(".fi\n.RE") }
        return lines.isEmpty ? [] : [".PP"] + lines
    }

    /// Text that roff prints as it is: hyphens that can be copied, no escapes, no requests at the beginning of a line.
    static func escaped(_ text: String) -> String {
        let plain = text.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
            .replacingOccurrences(of: "\n", with: " ")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}
