import Checkpoints
import Files
import Foundation
import Generation
import Tensors
import Video

/// The checks of `vidrd doctor`.
enum Checkup {
    static func build() -> [Finding] {
        let build = BuildFacts.mode == "release"
            ? Finding("build", .ok, "vidrd \(BuildFacts.version), release")
            : Finding(
                "build", .warning, "vidrd \(BuildFacts.version), debug: many times slower than it needs to be",
                advice: "build it with: swift build -c release")
        let instructions = BuildFacts.instructionSet
        var kernels = Finding("instruction set", .ok, "\(instructions) kernels")
        #if arch(x86_64)
        if instructions == "portable" {
            kernels = Finding(
                "instruction set", .warning, "portable kernels (SSE): this processor shows no AVX2",
                advice: "a processor from 2013 or later makes videos several times faster; in a virtual machine, pass the host's through")
        }
        #endif
        let cores = ProcessInfo.processInfo.activeProcessorCount, threads = ThreadPool.threads
        return [build, kernels, Finding("threads", .ok, "\(threads) of \(cores) cores")]
    }

    static func blas(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> [Finding] {
        let core = BuildFacts.blasCore
        let version = BuildFacts.blasConfiguration.map { $0 + ", " } ?? ""
        guard core != "unknown" else {
            return [Finding(
                "BLAS", .warning, "not OpenBLAS: speed is untested, and its threads may fight vidrd's own",
                advice: "install OpenBLAS (Debian: apt install libopenblas-dev) and build again")]
        }
        let found = "\(version)kernels for \(core)"
        if let forced = environment["OPENBLAS_CORETYPE"], !forced.isEmpty {
            return [Finding(
                "BLAS", .warning, "\(found), because OPENBLAS_CORETYPE is \(forced)",
                advice: "unset OPENBLAS_CORETYPE: OpenBLAS finds the processor's own kernels, which may be twice as fast")]
        }
        if BuildFacts.instructionSet != "portable", ["Prescott", "Core2", "Generic", "generic", "Nehalem"].contains(core) {
            return [Finding(
                "BLAS", .warning, "\(found), and the processor can do more",
                advice: "install an OpenBLAS that knows this processor (DYNAMIC_ARCH, 0.3.21 or later)")]
        }
        return [Finding("BLAS", .ok, "\(found), one thread under vidrd's own")]
    }

    static func tools() -> [Finding] {
        let install = "install ffmpeg (Debian: apt install ffmpeg), or write PNG frames with --frames-dir"
        var findings: [Finding] = []
        do {
            let tool = try ToolFacts.tool("ffmpeg"), encoders = try ToolFacts.encoders(tool.path)
            let lacking = VideoFormat.allCases.filter { format in ToolFacts.encoder(of: format).map { !encoders.contains($0) } ?? false }
            let name = "\(tool.version.isEmpty ? "of unknown version" : tool.version) at \(tool.path)"
            if lacking.contains(.mp4) {
                findings.append(Finding(
                    "ffmpeg", .bad, "\(name), without x264 (\(ToolFacts.encoder(of: .mp4) ?? "")): no mp4 can be written",
                    advice: "install an ffmpeg that was built with x264 (Debian's is), or write .webm or frames"))
            } else if !lacking.isEmpty {
                let list = lacking.map { "\($0.rawValue) (\(ToolFacts.encoder(of: $0) ?? ""))" }.joined(separator: ", ")
                findings.append(Finding(
                    "ffmpeg", .warning, "\(name), with x264, without the encoders of \(list)",
                    advice: "for these formats install an ffmpeg that has them"))
            } else {
                findings.append(Finding("ffmpeg", .ok, "\(name), with x264 and the encoders of all formats"))
            }
        } catch VideoError.toolMissing {
            findings.append(Finding("ffmpeg", .bad, "not on the search path: no video file can be written", advice: install))
        } catch {
            findings.append(Finding("ffmpeg", .bad, "it does not run: \(Failure.message(for: error))", advice: install))
        }
        do {
            findings.append(Finding("ffprobe", .ok, "at \(try ToolFacts.tool("ffprobe").path)"))
        } catch {
            findings.append(Finding(
                "ffprobe", .warning, "missing or does not run: videos cannot be read (eval, train data)",
                advice: "it comes with ffmpeg: install that"))
        }
        return findings
    }

    static func weights(_ asked: String?, _ parts: ModelParts) -> [Finding] {
        let place: URL
        do {
            place = try ModelLocation.find(asked)
        } catch {
            return [Finding(
                "weights", .bad, Failure.message(for: error),
                advice: "run vidrd inside its repository, or name a model folder with --model or VIDRD_MODEL")]
        }
        do {
            let begin = Date()
            let model = try VideoModel(parts.layout(place))
            let seconds = Date().timeIntervalSince(begin)
            let settings = GenerationSettings(prompt: "", length: 1, seed: 0, model: model)
            let found = "\(place.path), \(model.kind.title), \(ByteCount.text(size(place))), complete, loads in \(String(format: "%.1f s", seconds)); "
                + "\(settings.width)x\(settings.height), clips of \(settings.clipFrames) frames"
            guard let warning = model.warnings.first else { return [Finding("weights", .ok, found)] }
            return [Finding("weights", .warning, found + "; " + warning, advice: "take a model with all of its parts")]
        } catch {
            return [Finding(
                "weights", .bad, "\(place.path): \(Failure.message(for: error))",
                advice: "fetch the folder again; \"vidrd inspect\" lists what its files hold")]
        }
    }

    static func libraries() -> [Finding] {
        [
            Finding("libpng", .ok, ToolFacts.pngVersion),
            Finding("SentencePiece", .ok, packageVersion("sentencepiece") ?? "linked; it does not tell its version"),
        ]
    }

    static func space() -> [Finding] {
        var findings: [Finding] = []
        let here = FileManager.default.currentDirectoryPath
        for (name, path) in [("disk here", here), ("disk for temporary files", FileManager.default.temporaryDirectory.path)] {
            guard access(path, W_OK) == 0 else {
                findings.append(Finding(
                    name, .warning, "\(path) may not be written to", advice: "go to another folder, or name results elsewhere with -o"))
                continue
            }
            guard let free = FilePath.freeBytes(at: path) else {
                findings.append(Finding(name, .warning, "the system does not tell how much is free in \(path)"))
                continue
            }
            // A minute of the starter's frames takes a few megabytes as mp4, some ten as PNG.
            let state: Finding.State = free < 50_000_000 ? .bad : free < 1_000_000_000 ? .warning : .ok
            findings.append(Finding(
                name, state, "\(ByteCount.text(free)) free in \(path)", advice: state == .ok ? nil : "free some space"))
        }
        if let available = Memory.available {
            // The starter peaks at half a gigabyte; published weights take 4.4 and say so when they are loaded.
            let state: Finding.State = available < 400_000_000 ? .bad : available < 1_500_000_000 ? .warning : .ok
            findings.append(Finding(
                "memory", state, "\(ByteCount.text(available)) available",
                advice: state == .ok ? nil : "close other programs: the model that ships takes 0.6 GB, larger ones 4 GB and more"))
        }
        return findings
    }

    static func terminal(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> [Finding] {
        guard Console.isTerminal else {
            return [Finding("terminal", .ok, "stderr is none: progress comes in plain lines")]
        }
        let size = TerminalSize.current
        let pictures = InlineProtocol.detect(environment).map { "pictures by \($0.rawValue) (--inline)" } ?? "no pictures"
        return [Finding("terminal", .ok, "\(environment["TERM"] ?? "TERM not set"), \(size.columns)x\(size.rows), \(pictures)")]
    }

    /// Bytes of all files below a folder.
    private static func size(_ folder: URL) -> Int {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        return (files?.compactMap { ($0 as? URL).flatMap { try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize } } ?? []).reduce(0, +)
    }

    /// What pkg-config knows of a library that does not tell its version itself.
    private static func packageVersion(_ name: String) -> String? {
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let path = "\(folder)/pkg-config"
            guard FileManager.default.isExecutableFile(atPath: path) else { continue }
            let text = try? ToolFacts.output(path, ["--modversion", name]).trimmingCharacters(in: .whitespacesAndNewlines)
            return text == "" ? nil : text
        }
        return nil
    }
}
