import ArgumentParser
import Diffusion
import Files
import Foundation
import Generation
import Video

/// How an error ends the program: one line on stderr and an exit code.
enum Failure {
    /// What was asked for could not be done.
    static let failed: Int32 = 1
    /// What was asked for makes no sense; nothing was tried.
    static let usage: Int32 = 2
    /// Ended by Ctrl-C: 128 + SIGINT, as shells have it.
    static let interrupted: Int32 = 130

    /// For the manual and docs/errors.md.
    static let meanings = [
        (0, "Done; what was asked for is on stdout or at the paths there."),
        (failed, "What was asked for could not be done; the message says why."),
        (usage, "What was asked for makes no sense; nothing was tried."),
        (interrupted, "Ended by Ctrl-C, SIGTERM or a closed terminal; what was finished is kept."),
    ]

    static func leave(after error: any Error) -> Never {
        if let exit = error as? ExitCode { leave(exit.rawValue) }
        if error is CancellationError {
            Console.status("stopped: the same command begins again with what was not finished")
            leave(interrupted)
        }
        if Vidrd.exitCode(for: error).isSuccess {
            // Help and version are results.
            Console.result(Vidrd.fullMessage(for: error))
            leave(0)
        }
        Console.error(message(for: error), code: code(for: error))
        leave(code(for: error))
    }

    /// Ends the program; with a failure also where results could not be printed.
    static func leave(_ code: Int32) -> Never {
        guard let reason = Console.lostResults, code == 0 else { exit(code) }
        Console.error("what belongs on stdout cannot be written there: \(reason)", code: failed)
        exit(failed)
    }

    static func code(for error: any Error) -> Int32 {
        switch error {
        case VideoError.unknownFormat, VideoError.badValue, FileError.exists, FileError.notFound: return usage
        case GenerationError.invalidOption, GenerationError.tooLittleMemory, DiffusionError.invalidOption: return usage
        case is UsageError, RunError.notFound, RunError.unfinished, RunError.otherVideo: return usage
        case let kept as KeptFailure: return code(for: kept.error)
        case let prompt as PromptError: return code(for: prompt.error)
        // The parser's own code for bad arguments is EX_USAGE (64).
        default: return Vidrd.exitCode(for: error) == .validationFailure ? usage : failed
        }
    }

    /// What a user of the command line can do.
    private static func advice(for error: RunError) -> String {
        func result(_ folder: String) -> String {
            Shell.quoted(folder.hasSuffix(".run") ? String(folder.dropLast(4)) : folder)
        }
        func folder(_ file: String) -> String { (file as NSString).deletingLastPathComponent }
        switch error {
        case .unfinished(let folder, _):
            return "; continue it with: vidrd resume \(result(folder)), or replace it with --overwrite"
        case .otherVideo: return "; choose another name, or replace it with --overwrite"
        case .otherModel: return "; name the right folder with --model, or take this one with --any-model"
        case .badRecord(let file, _) where folder(file).hasSuffix(".run"):
            return "; without it the clips in its folder cannot be used: make the video again with --overwrite"
        case .damaged(let file, _):
            let run = file.hasSuffix(".run") ? file : folder(file)
            return "; make the video again with: vidrd generate --from \(Shell.quoted(run)) -o \(result(run)) --overwrite"
        case .notFound, .badRecord, .unknownVersion, .busy, .vanished: return ""
        }
    }

    /// One line: what was asked, what was found, what to do.
    static func message(for error: any Error) -> String {
        switch error {
        case FileError.exists(let path):
            return "'\(path)' exists already; choose another name, or replace it with --overwrite"
        case let error as RunError:
            return error.description + advice(for: error)
        default:
            let text = Vidrd.message(for: error).split(whereSeparator: \.isNewline)
                .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
            return Vidrd.exitCode(for: error) == .validationFailure ? text + " (see --help)" : text
        }
    }
}
