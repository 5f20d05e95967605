import Foundation
import Video

/// The built program, run as a user runs it.
enum Program {
    struct Result {
        let code: Int32
        let output: String
        let messages: String

        /// The paths on stdout.
        var paths: [String] { output.split(separator: "\n").map(String.init) }
    }

    struct NotBuilt: Error, CustomStringConvertible {
        let description = "there is no vidrd beside the tests; build all products (swift build --build-tests does)"
    }

    /// vidrd stands beside the bundle of the tests, which itself is named in an argument where another program loads it.
    static func find() throws -> URL {
        let starts = [Bundle.main.executableURL?.path].compactMap { $0 } + CommandLine.arguments
        for start in starts where start.contains("/") {
            var folder = URL(fileURLWithPath: start).resolvingSymlinksInPath()
            for _ in 0..<5 {
                folder.deleteLastPathComponent()
                let candidate = folder.appendingPathComponent("vidrd")
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isFolder), !isFolder.boolValue {
                    return candidate
                }
            }
        }
        throw NotBuilt()
    }

    /// Starts the program in a folder.
    ///
    /// - Parameter shell: commands of a shell that come before, such as "ulimit -f 8".
    static func start(
        _ arguments: [String], in folder: URL, environment changes: [String: String] = [:], after shell: String? = nil
    ) throws -> Running {
        let process = Process()
        process.executableURL = try find()
        process.arguments = arguments
        if let shell {
            process.arguments = ["-c", shell + "; exec \"$0\" \"$@\"", try find().path] + arguments
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
        }
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["COLUMNS"] = "80"
        environment["VIDRD_MODEL"] = nil
        environment.merge(changes) { $1 }
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        // Files and not pipes: nobody has to read while the program runs.
        let mark = String(UInt32.random(in: 0 ... .max), radix: 36)
        let files = ["output", "messages"].map { folder.appendingPathComponent(".\($0)-\(mark)") }
        for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        return Running(process: process, output: files[0], messages: files[1])
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: String..., in folder: URL, environment: [String: String] = [:]
    ) throws -> Result {
        try start(arguments, in: folder, environment: environment).end()
    }

    struct Running {
        let process: Process
        let output: URL
        let messages: URL

        func end() throws -> Result {
            process.waitUntilExit()
            defer { for file in [output, messages] { try? FileManager.default.removeItem(at: file) } }
            return Result(
                code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
                output: try String(contentsOf: output, encoding: .utf8),
                messages: try String(contentsOf: messages, encoding: .utf8))
        }
    }
}

/// Runs `body` in a new folder, which is removed afterwards.
func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("vidrd-tests-\(UInt64.random(in: 0 ... .max))").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// What a folder holds, hidden files included.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

/// What a folder holds besides the folders of runs.
func results(in folder: URL) throws -> [String] { try names(in: folder).filter { !$0.hasSuffix(".run") } }

/// All frames of a video file.
func frames(of file: URL) throws -> [Frame] {
    try VideoReader(file.path).map { try $0.get() }
}
