import Foundation
import Testing

/// What the program says about itself. With VIDRD_UPDATE_FIXTURES=1 in the environment the fixtures are written anew.
@Suite struct HelpTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    @Test(arguments: ["", "generate", "resume", "extend", "scenes"])
    func helpIsAsRecorded(_ subcommand: String) throws {
        let arguments = (subcommand.isEmpty ? [] : [subcommand]) + ["--help"]
        let result = try inFolder { try Program.start(arguments, in: $0).end() }
        #expect(result.code == 0)
        #expect(result.messages == "")
        let fixture = Self.fixtures.appendingPathComponent((subcommand.isEmpty ? "vidrd" : subcommand) + "-help.txt")
        if ProcessInfo.processInfo.environment["VIDRD_UPDATE_FIXTURES"] == "1" {
            try Data(result.output.utf8).write(to: fixture)
        }
        #expect(result.output == (try String(contentsOf: fixture, encoding: .utf8)))
    }

    @Test func versionStatesBuildAndMachine() throws {
        let result = try inFolder { try Program.run("--version", in: $0) }
        #expect(result.code == 0)
        let line = try Regex(#"^vidrd \d+\.\d+\.\d+ \((release|debug) build, \w+ kernels, OpenBLAS for \w+, \d+ threads?\)\n$"#)
        #expect(try line.wholeMatch(in: result.output) != nil, "\(result.output)")
    }

    /// "scenes" alone is a subcommand.
    @Test func promptsWithWordsOfSubcommandsWork() throws {
        try inFolder { folder in
            let result = try Program.run(
                "generate", "scenes", "--model", TinyModel.path, "--seed", "1", "--frames-dir", "out", in: folder)
            #expect(result.code == 0, "\(result.messages)")
        }
    }
}
