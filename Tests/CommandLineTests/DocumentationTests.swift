import Foundation
import Testing
import vidrd

/// Commands that README and the other pages show are commands that the program takes.
@Suite struct DocumentationTests {
    private static let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }

    static let pages = ["README.md", "docs", "Weights", "Prompts", "Tests"].flatMap { place -> [String] in
        let url = root.appendingPathComponent(place)
        guard let walker = FileManager.default.enumerator(atPath: url.path) else { return [place] }
        let inside = walker.compactMap { $0 as? String }.filter { $0.hasSuffix(".md") || place == "Prompts" && $0.hasSuffix(".txt") }
        return inside.isEmpty ? [place] : inside.map { place + "/" + $0 }
    }

    /// What stands for a value of the reader's.
    private static let placeholders = ["ORDER": "forward", "PROMPT": "\"a prompt\"", "--seed S": "--seed 1"]

    /// Commands of a page: lines of its blocks, what stands between backquotes, and comments of a list of prompts. Nothing
    /// behind a comment, a pipe or `>`.
    private static func commands(_ text: String, isList: Bool = false) -> [String] {
        var found: [String] = [], isBlock = false
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                isBlock.toggle()
            } else if isBlock || isList && line.hasPrefix("#") {
                found.append(line)
            } else {
                found += line.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            }
        }
        return found.compactMap { line in
            guard let start = line.range(of: "(^|run -c release |# +)vidrd ", options: .regularExpression) else { return nil }
            var command = String(line[start.upperBound...])
            for end in ["  #", " #", " > ", " 2> ", " | ", " && "] { command = command.components(separatedBy: end)[0] }
            return command.trimmingCharacters(in: .whitespaces)
        }
    }

    @Test(arguments: pages) func commandsAreTaken(_ page: String) throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent(page), encoding: .utf8)
        let names = Set(try CommandLineReader.commands().compactMap(\.words.first))
        for command in Self.commands(text, isList: page.hasSuffix(".txt")) {
            let known = Self.placeholders.reduce(command) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            let words = ShellWords.split(known)
            guard let first = words.first, !first.contains("…") else { continue }
            // "vidrd manual" would make a video of manuals.
            #expect(names.contains(first) || known.hasPrefix("\"") || first.hasPrefix("-"), "\(page): vidrd \(command)")
            let refusal = CommandLineReader.refusal(of: words)
            // A command, or an option of one, may be only named.
            if let refusal, refusal.message.hasPrefix("Missing ") { continue }
            #expect(refusal == nil, "\(page): vidrd \(command): \(refusal?.message ?? "")")
        }
    }

    @Test func thereAreCommandsToTry() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(Self.commands(text).count > 40)
        #expect(Self.pages.count > 6)
    }
}
