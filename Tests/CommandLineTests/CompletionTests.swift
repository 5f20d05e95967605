import Foundation
import Testing

/// The scripts, in the shells that this machine has.
@Suite struct CompletionTests {
    private static func find(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func run(_ shell: String, _ arguments: [String], in folder: URL) throws -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: shell)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    private func script(_ shell: String, in folder: URL) throws -> String {
        let result = try Program.run("completions", shell, in: folder)
        #expect(result.code == 0 && result.messages == "")
        let file = folder.appendingPathComponent("script")
        try Data(result.output.utf8).write(to: file)
        return file.path
    }

    /// What is typed, and words that are and are not offered.
    private static let cases: [([String], [String], [String])] = [
        (["vidrd", ""], ["generate", "doctor", "man"], ["--length"]),
        (["vidrd", "do"], ["doctor"], ["generate"]),
        (["vidrd", "--len"], ["--length"], ["generate", "--steps"]),
        (["vidrd", "a candle", "--s"], ["--seed", "--steps", "--sampler"], ["--length"]),
        (["vidrd", "generate", "a candle", "--len"], ["--length"], ["--steps"]),
        (["vidrd", "a candle", "--sampler", ""], ["unipc", "ddim", "euler"], ["--seed"]),
        (["vidrd", "--progress", "j"], ["json"], ["bar"]),
        (["vidrd", "train", "im"], ["image"], ["video", "--seed"]),
        (["vidrd", "completions", ""], ["bash", "zsh", "fish"], ["--length"]),
        (["vidrd", "--model", ""], ["folder", "starter"], ["--length", "vidrd-models"]),
        (["vidrd", "--model", "sta"], ["starter"], ["folder"]),
        (["vidrd", "doctor", "--model", "s"], ["starter"], ["folder"]),
    ]

    @Test func bashCompletes() throws {
        guard let bash = Self.find("bash") else { try Test.cancel("there is no bash") }
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("folder"), withIntermediateDirectories: true)
            let script = try script("bash", in: folder)
            for (words, offered, not) in Self.cases {
                let quoted = words.map { "'\($0)'" }.joined(separator: " "), line = words.joined(separator: " ")
                let text = try run(bash, ["--norc", "-c", """
                    set -u; source \(script)
                    complete -p vidrd | grep -q _vidrd_or_generate || echo not registered
                    COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); COMP_LINE='\(line)'; COMP_POINT=\(line.count)
                    _vidrd_or_generate vidrd '\(words[words.count - 1])' '\(words[words.count - 2])'
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """], in: folder)
                let replies = Set(text.split(separator: "\n").map(String.init))
                #expect(replies.isSuperset(of: offered), "\(line): \(text)")
                #expect(replies.isDisjoint(with: not), "\(line): \(text)")
                #expect(!text.contains("error") && !text.contains("not registered"), "\(line): \(text)")
            }
        }
    }

    @Test func fishCompletes() throws {
        guard let fish = Self.find("fish") else { try Test.cancel("there is no fish") }
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("folder"), withIntermediateDirectories: true)
            let script = try script("fish", in: folder)
            for (words, offered, not) in Self.cases {
                let line = words.map { $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
                let text = try run(fish, ["--no-config", "-c", "source \(script); complete -C '\(line)'"], in: folder)
                let replies = Set(text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
                #expect(replies.isSuperset(of: offered), "\(line): \(text)")
                #expect(replies.isDisjoint(with: not), "\(line): \(text)")
            }
        }
    }

    /// zsh completes only at a terminal; its parser and the names of the functions are checked.
    @Test func zshTakesTheScript() throws {
        try inFolder { folder in
            let script = try script("zsh", in: folder), text = try String(contentsOfFile: script, encoding: .utf8)
            #expect(text.hasPrefix("#compdef vidrd\n"))
            #expect(text.contains("{_files -/;compadd -- starter}") && !text.contains("vidrd-models"))
            #expect(text.components(separatedBy: "\n_vidrd() {").count == 2 && text.components(separatedBy: "\n_vidrd_commands() {").count == 2)
            guard let zsh = Self.find("zsh") else { try Test.cancel("there is no zsh") }
            #expect(try run(zsh, ["-f", "-n", script], in: folder) == "")
            let called = try run(zsh, ["-f", "-c", """
                compdef() { :; }; source \(script)
                _vidrd_commands() { print -r -- "$CURRENT:${(j:|:)words}"; }
                words=(vidrd 'a candle' --le); CURRENT=3; _vidrd
                words=(vidrd --le); CURRENT=2; _vidrd
                words=(vidrd train im); CURRENT=3; _vidrd
                words=(vidrd do); CURRENT=2; _vidrd
                """], in: folder)
            #expect(called == "4:vidrd|generate|a candle|--le\n3:vidrd|generate|--le\n3:vidrd|train|im\n2:vidrd|do\n")
        }
    }

    @Test func otherShellsAreRefused() throws {
        try inFolder { folder in
            let result = try Program.run("completions", "tcsh", in: folder)
            try expectRefusal(result, 2, "bash, zsh and fish", in: folder)
        }
    }
}
