import Foundation
import Testing
import vidrd

/// The manual page and the examples in it and in help.
@Suite struct ManualTests {
    private func page() throws -> String {
        let result = try inFolder { try Program.run("man", in: $0) }
        #expect(result.code == 0 && result.messages == "")
        return result.output
    }

    @Test func everyCommandAndOptionIsThere() throws {
        let page = try page().replacingOccurrences(of: "\\-", with: "-")
        for (words, options) in try CommandLineReader.commands() where !words.isEmpty {
            #expect(page.contains("\n.SS vidrd \(words.joined(separator: " "))\n"), "\(words)")
            for option in options where !["--help", "-h", "--version"].contains(option) {
                #expect(page.contains("\\fB\(option)\\fR"), "\(words) \(option)")
            }
        }
        for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT"] { #expect(page.contains(".SH \(part)\n")) }
        // A line that begins with a full stop and is no request would vanish.
        let requests: Set<Substring> = [".TH", ".SH", ".SS", ".TP", ".B", ".br", ".PP", ".RS", ".RE", ".nf", ".fi"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains(line.prefix { $0 != " " }), "\(line)")
        }
    }

    @Test func groffFindsNothingToComplainOf() throws {
        let groff = "/usr/bin/groff"
        guard FileManager.default.isExecutableFile(atPath: groff) else { try Test.cancel("there is no \(groff)") }
        let page = try page()
        try inFolder { folder in
            let file = folder.appendingPathComponent("vidrd.1")
            try Data(page.utf8).write(to: file)
            let process = Process(), output = Pipe(), errors = Pipe()
            process.executableURL = URL(fileURLWithPath: groff)
            process.arguments = ["-ww", "-man", "-Kutf8", "-Tutf8", "-P-c", file.path]
            (process.standardOutput, process.standardError) = (output, errors)
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            // A command that is longer than the line is no mistake of the page.
            let mistakes = complaints.split(separator: "\n").filter { !$0.contains("break") && !$0.contains("adjust") }
            #expect(mistakes.isEmpty, "\(complaints)")
            #expect(text.contains("vidrd completions bash > ~/.local"))
        }
    }

    /// Each command's help has an example, and the parser takes all of them.
    @Test func examplesAreTaken() throws {
        for (words, _) in try CommandLineReader.commands() {
            let help = try inFolder { try Program.start(words + ["--help"], in: $0, environment: ["COLUMNS": "200"]).end() }
            #expect(help.code == 0, "\(words)")
            let examples = help.output.split(separator: "\n").filter { $0.hasPrefix("  vidrd ") || $0.hasPrefix("vidrd ") }
            #expect(!examples.isEmpty, "vidrd \(words.joined(separator: " ")) has no example")
            for example in examples where !example.contains("completions") && !example.contains(" man") {
                var line = example.trimmingCharacters(in: .whitespaces)
                if let comment = line.range(of: "   ") { line = String(line[..<comment.lowerBound]) }
                let refusal = CommandLineReader.refusal(of: Array(ShellWords.split(line).dropFirst()))
                #expect(refusal == nil, "\(line): \(refusal?.message ?? "")")
            }
        }
    }
}

/// Words of a command line without expansions.
enum ShellWords {
    static func split(_ line: String) -> [String] {
        var words: [String] = [], word = "", isQuoted = false, hasWord = false
        for character in line {
            if character == "\"" { (isQuoted, hasWord) = (!isQuoted, true) }
            else if character == " ", !isQuoted {
                if hasWord { words.append(word) }
                (word, hasWord) = ("", false)
            } else {
                word.append(character)
                hasWord = true
            }
        }
        return hasWord ? words + [word] : words
    }
}
