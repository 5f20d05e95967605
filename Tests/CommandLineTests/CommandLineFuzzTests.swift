import Checkpoints
import Foundation
import Generation
import Testing
import vidrd

/// Whatever a user types or writes is taken or refused with a cause; nothing else may happen.
///
/// The long run: `VIDRD_FUZZ=31000`, 100,700 inputs; the README has the command and its last result.
@Suite struct CommandLineFuzzTests {
    private static let count = ProcessInfo.processInfo.environment["VIDRD_FUZZ"].flatMap(Int.init) ?? 600

    private func checkMessage(_ refusal: CommandLineReader.Refusal, _ input: @autoclosure () -> String) {
        #expect(refusal.code == 1 || refusal.code == 2, "\(input()): \(refusal)")
        #expect(refusal.message.count > 8 && !refusal.message.contains("\n"), "\(input()): \(refusal)")
        for sign in ["nil", "Optional(", "DecodingError", "The operation couldn", "NSCocoaError", "typeMismatch"] {
            #expect(!refusal.message.contains(sign) || input().contains(sign), "\(input()): \(refusal)")
        }
    }

    @Test func commandLinesAreTakenOrRefused() throws {
        let commands = try CommandLineReader.commands()
        let options = commands.flatMap(\.options), names = commands.map(\.words)
        var random = Mutator(seed: 21), taken = 0
        for _ in 0..<Self.count {
            var words: [String] = random.below(3) == 0 ? [] : names[random.below(names.count)]
            let own = commands.first { $0.words == words }?.options ?? []
            for _ in 0..<random.below(7) {
                switch random.below(8) {
                case 0, 1: words.append(own.isEmpty ? random.word() : own[random.below(own.count)])
                case 2: words.append(options[random.below(options.count)])
                case 3: words.append(options[random.below(options.count)] + "=" + random.word())
                case 4: words.append(["--", "-", "--inline", "--progress=json", "-o", "-vh", "---", "--no-quiet"][random.below(8)])
                case 5: words.append(String(decoding: random.mutate(Array(options[random.below(options.count)].utf8)), as: UTF8.self))
                default: words.append(random.word())
                }
            }
            // A program's arguments hold no zero bytes.
            words = words.map { $0.replacingOccurrences(of: "\0", with: "") }
            if let refusal = CommandLineReader.refusal(of: words) { checkMessage(refusal, "\(words)") } else { taken += 1 }
        }
        #expect(taken > 0 && taken < Self.count)
    }

    @Test func promptFilesAreReadOrRefused() throws {
        try inFolder { folder in
            let file = folder.appendingPathComponent("prompts.txt").path
            let original = Array("""
                # a comment
                wood on fire
                {"prompt": "a boat", "seed": 7, "length": 32, "output": "boat.gif", "guidance": 1.5, "size": "64x64"}
                {"prompt": "w\\u00e4ves", "sampler": "dpm++", "reuse_order": "reversed", "noise-alpha": 2, "clips": 3}\r
                \u{FEFF}{"prompt": "\\ud83d\\ude00", "duration": 0.25, "negative": "fog", "guidance_interval": "0.2:0.9"}

                """.utf8)
            var random = Mutator(seed: 22), taken = 0
            for _ in 0..<Self.count {
                var bytes = random.mutate(original)
                // Longer nests than a parser's stack likes.
                if random.below(50) == 0 { bytes += Array(("{\"prompt\": " + String(repeating: "[", count: random.below(5000)) + "\n").utf8) }
                try Data(bytes).write(to: URL(fileURLWithPath: file))
                let refusals = CommandLineReader.refusals(ofPromptFile: file)
                for refusal in refusals { checkMessage(refusal, String(decoding: bytes, as: UTF8.self)) }
                taken += refusals.isEmpty ? 1 : 0
            }
            #expect(taken > 0 && taken < Self.count)
        }
    }

    @Test func recordsAreReadOrRefused() throws {
        try inFolder { folder in
            let model = try TinyModel.path
            #expect(try Program.run("x", "--seed", "1", "-o", "x.mp4", "--model", model, in: folder).code == 0)
            let file = folder.appendingPathComponent("x.mp4.run/record.json"), original = Array(try Data(contentsOf: file))
            var random = Mutator(seed: 24), read = 0
            for _ in 0..<Self.count {
                let bytes = random.below(2) == 0 ? random.mutate(original) : random.otherValue(original)
                try Data(bytes).write(to: file)
                do {
                    let record = try RunRecord.read(file)
                    read += 1
                    // What is read can be written, and says the same.
                    try record.write(to: file)
                    #expect(try RunRecord.read(file) == record)
                    _ = try VideoRun(opening: file.deletingLastPathComponent().path)
                    _ = try PromptPlan(record.settings)
                } catch {
                    checkMessage(CommandLineReader.Refusal(error), String(decoding: bytes, as: UTF8.self))
                }
            }
            #expect(read > 0 && read < Self.count)
        }
    }

    /// Each of a model's JSON files in turn is another; the model is loaded or refused.
    @Test func configurationsAreReadOrRefused() throws {
        try inFolder { folder in
            let model = try TinyModel.copy(to: folder, changing: "model_index.json") { $0 }
            let files = [
                "unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json",
                "generation_config.json", "model_index.json", "tokenizer/tokenizer_config.json",
            ].map { URL(fileURLWithPath: model + "/" + $0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
            #expect(files.count >= 6)
            var random = Mutator(seed: 23), taken = 0, tried = 0
            for file in files {
                let original = Array(try Data(contentsOf: file))
                for _ in 0..<Self.count / files.count / 4 {
                    let bytes = random.below(2) == 0 ? random.mutate(original) : random.otherValue(original)
                    try Data(bytes).write(to: file)
                    do {
                        tried += 1
                        _ = try VideoModel(URL(fileURLWithPath: model))
                        taken += 1
                    } catch {
                        checkMessage(CommandLineReader.Refusal(error), "\(file.lastPathComponent): \(String(decoding: bytes, as: UTF8.self))")
                    }
                }
                try Data(original).write(to: file)
            }
            #expect(taken > 0 && taken < tried)
        }
    }
}

extension Mutator {
    /// A word as a user may type it.
    mutating func word() -> String {
        let words = [
            "a candle", "", " ", "0", "1", "-1", "16", "128x128", "0x0", "99999999999999999999", "1e309", "nan", "-inf", "0.5", "0.2:0.9",
            "ddim", "unipc", "forward", "reversed", "official", "video.mp4", "frames/", ".", "/", "x.avi", "p.png", "json", "bar", "kitty",
            "auto", "true", "null", "{\"prompt\": 1}", "日本語", "e\u{301}\u{202E}", "\u{1F468}\u{200D}\u{1F469}", "-5", "--", "%s%n", "\\", "'\"",
            "generate", "help", "train", "bash", "starter", "fp16",
        ]
        switch below(6) {
        case 0: return String(decoding: (0..<below(20)).map { _ in UInt8(truncatingIfNeeded: next()) }, as: UTF8.self)
        case 1: return String(Int64(bitPattern: next()) >> Int64(below(60)))
        case 2: return String(decoding: mutate(Array(words[below(words.count)].utf8)), as: UTF8.self)
        default: return words[below(words.count)]
        }
    }

    /// JSON with another value under one of its keys, such as a number of the wrong kind.
    mutating func otherValue(_ bytes: [UInt8]) -> [UInt8] {
        let values = [
            "0", "-1", "1", "3", "7", "65536", "4294967296", "9223372036854775807", "1e308", "-0.0", "0.5", "null", "true", "\"\"", "\"linear\"",
            "[]", "[1]", "[8, 16]", "[16, 8]", "[0]", "[1, 2, 3, 4]", "{}", "\"epsilon\"", "[\"DownBlock3D\"]", "1e-320", "64", "128",
        ]
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        guard !colons.isEmpty else { return bytes }
        let colon = colons[below(colons.count)]
        // To the end of the line, less a comma: values of several lines are cut, and refused as such.
        let end = bytes[colon...].firstIndex(of: 10) ?? bytes.count
        let hasComma = end > 0 && bytes[end - 1] == UInt8(ascii: ",")
        return Array(bytes[...colon]) + Array(values[below(values.count)].utf8) + Array(bytes[(hasComma ? end - 1 : end)...])
    }
}

/// Seeded mutations of texts.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }

    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(3) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(7) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes[place] = [0, 0x0A, 0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0x3A, 0x80, 0xFF, 0x2D, 0x65][below(12)]
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(12)))
            case 3: bytes.insert(contentsOf: (0...below(4)).map { _ in UInt8(truncatingIfNeeded: next()) }, at: place)
            case 4:
                let from = below(bytes.count)
                bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + 1 + below(40))], at: place)
            case 5:
                if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
                    bytes[digit] = 0x30 + UInt8(below(10))
                    if below(3) == 0 { bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: below(30)), at: digit) }
                }
            default: if below(6) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }
}
