import Foundation
import Testing
import Text

@Suite struct SentencePieceTests {
    static let captions = [
        "a candle is burning on a wooden table at night", "timelapse at the snow land with aurora in the sky",
        "an epic tornado attacking above a glowing city at night", "wood on fire", "a boat is sailing in a lake",
        "aerial view of a white sandy beach on the shores of a beautiful sea", "Three balls are bouncing on the floor",
        "snow is falling over the trees", "the sun is setting behind the mountains", "the dog's bone",
    ]

    private func withTrained(_ body: (URL, SentencePieceTokenizer) throws -> Void) throws {
        try Fixture.withFolder { folder in
            let tokenizer = try SentencePieceTrainer.trainFolder(
                captions: Self.captions, vocabularySize: 60, maximumLength: 24, to: folder)
            try body(folder, tokenizer)
        }
    }

    @Test func aTrainedTokenizerIsOpenedAgain() throws {
        try withTrained { folder, trained in
            let opened = try TokenizerFolder.open(folder)
            #expect(opened.vocabularySize == 60 && opened.maximumLength == 24 && opened.endID == 3)
            for caption in Self.captions + ["", "zebra", "日本"] {
                #expect(try opened.encode(caption) == trained.encode(caption))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["spiece.model", "tokenizer_config.json", "vocabulary.txt"])
        }
    }

    @Test func promptsAreLaidOutAsTheEncoderReadsThem() throws {
        try withTrained { _, tokenizer in
            #expect(
                tokenizer.model.paddingID == 0 && tokenizer.model.unknownID == 1 && tokenizer.model.beginID == 2
                    && tokenizer.model.endID == 3)
            let empty = try tokenizer.encode("")
            #expect(empty.ids == [2, 3] + [Int](repeating: 0, count: 22) && empty.count == 2 && empty.warnings.isEmpty)
            let prompt = try tokenizer.encode("wood on fire")
            #expect(prompt.ids.count == 24 && prompt.ids[0] == 2 && prompt.ids[prompt.count - 1] == 3)
            #expect(prompt.ids[prompt.count...].allSatisfy { $0 == 0 } && prompt.warnings.isEmpty)
            let pieces = try tokenizer.model.encode("wood on fire")
            #expect(Array(prompt.ids[1..<(prompt.count - 1)]) == pieces.map(\.id))
            #expect(pieces.flatMap(\.bytes) == Array(0..<12), "they cover the text")
            // Case, width and spaces make no difference.
            #expect(try tokenizer.encode("  WOOD on\tＦｉｒｅ ").ids == prompt.ids)
        }
    }

    @Test func whatDoesNotFitIsToldOfByTheWord() throws {
        try withTrained { _, trained in
            let tokenizer = try SentencePieceTokenizer(model: trained.model, maximumLength: 8)
            let prompt = try tokenizer.encode("Wood on fire, Ünder the BEAUTIFUL sky")
            #expect(prompt.ids.count == 8 && prompt.ids.last == 3 && prompt.count == 8)
            let dropped = try #require(prompt.dropped)
            #expect("Wood on fire, Ünder the BEAUTIFUL sky".hasSuffix(dropped))
            #expect(dropped.hasSuffix("Ünder the BEAUTIFUL sky") || dropped.hasSuffix("the BEAUTIFUL sky"))
            #expect(prompt.warnings.count == 1)
        }
    }

    @Test func wordsThatTrainingNeverSawAreNamed() throws {
        try withTrained { _, tokenizer in
            let prompt = try tokenizer.encode("A Zebra beside a candel, the zebra's candle's dog's")
            #expect(
                prompt.unknownWords == [
                    UnknownWord(word: "zebra", nearest: []), UnknownWord(word: "beside", nearest: []),
                    UnknownWord(word: "candel", nearest: ["candle"]), UnknownWord(word: "zebra's", nearest: []),
                    UnknownWord(word: "candle's", nearest: ["candle"]),
                ])
            let warning = try #require(prompt.warnings.first)
            #expect(warning.hasPrefix("the model was never shown \"zebra\", \"beside\", \"candel\" (it knows \"candle\"), "))
            #expect(warning.contains("; it was shown night, snow, "))
        }
    }

    @Test func trainingIsDeterministic() throws {
        try Fixture.withFolder { folder in
            let folders = [folder.appendingPathComponent("a"), folder.appendingPathComponent("b")]
            for folder in folders {
                try SentencePieceTrainer.trainFolder(captions: Self.captions, vocabularySize: 60, maximumLength: 24, to: folder)
            }
            let files = try folders.map { try Data(contentsOf: $0.appendingPathComponent("spiece.model")) }
            #expect(files[0] == files[1])
        }
    }

    @Test func impossibleVocabulariesAreRefused() throws {
        try Fixture.withFolder { folder in
            let target = folder.appendingPathComponent("m")
            func train(_ captions: [String], _ size: Int) throws -> SentencePieceTokenizer {
                try SentencePieceTrainer.trainFolder(captions: captions, vocabularySize: size, maximumLength: 24, to: target)
            }
            #expect(Fixture.message { _ = try train(Self.captions, 5) }.hasPrefix("cannot train a tokenizer: "))
            #expect(Fixture.message { _ = try train([], 60) } == "cannot train a tokenizer: there are no captions")
            #expect(!FileManager.default.fileExists(atPath: target.path))
            let most = try train(Self.captions, 8000).vocabularySize
            #expect(most > 60 && most < 8000, "as many pieces as the captions carry")
        }
    }

    @Test func foreignModelsAreRefused() throws {
        try withTrained { folder, _ in
            let url = folder.appendingPathComponent("spiece.model")
            let whole = try Data(contentsOf: url)
            for content in [Data(), Data("words".utf8), whole.prefix(whole.count / 2), Data("version https://git-lfs.github.com".utf8)] {
                try content.write(to: url)
                let message = Fixture.message { _ = try TokenizerFolder.open(folder) }
                #expect(message.contains("spiece.model: this is"), "\(message)")
            }
            try FileManager.default.removeItem(at: url)
            #expect(Fixture.message { _ = try TokenizerFolder.open(folder) }.contains("it needs spiece.model"))
        }
    }

    /// The library follows the numbers of a model's normaliser without looking: damage there must be seen before.
    /// `VIDRD_FUZZ=20000` for the long run.
    @Test func mutatedModelsAreReadOrRefused() throws {
        let count = (ProcessInfo.processInfo.environment["VIDRD_FUZZ"].flatMap(Int.init) ?? 600) / 2
        var state: UInt64 = 5
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        try withTrained { folder, _ in
            let fixture = Fixture.folder.appendingPathComponent("t5/spiece.model")
            for original in [try Data(contentsOf: fixture), try Data(contentsOf: folder.appendingPathComponent("spiece.model"))] {
                var accepted = 0
                for _ in 0..<count {
                    var bytes = Array(original)
                    for _ in 0...below(4) { bytes[below(bytes.count)] = UInt8(below(256)) }
                    if below(10) == 0 { bytes.removeLast(below(bytes.count)) }
                    guard let model = try? bytes.withUnsafeBytes({ try SentencePieceModel($0, name: "mutated") }) else { continue }
                    accepted += 1
                    _ = try? model.encode("A Candle is burning, naïve café ＦＩＲＥ ﬁ\0")
                }
                #expect(accepted > 0 && accepted < count)
            }
        }
    }

    /// T5's layout: no begin, end 1, padding 0, and a length that means none.
    @Test func modelsOfT5Tokenise() throws {
        let tokenizer = try TokenizerFolder.open(Fixture.folder.appendingPathComponent("t5"))
        #expect(tokenizer.maximumLength == 512 && tokenizer.endID == 1)
        let expected = try Fixture.expected()
        for (text, ids) in zip(expected.texts, expected.t5) {
            #expect(try tokenizer.encode(text).ids == ids + [Int](repeating: 0, count: 512 - ids.count), "\(text)")
        }
        let short = try TokenizerFolder.open(Fixture.folder.appendingPathComponent("t5"), maximumLength: 4)
        #expect(try short.encode("wood on fire").ids.last == 1)
    }

    @Test func wordsAreSplitAsPeopleReadThem() {
        #expect(KnownWords.split("The dog's 3 well-lit candles', 'quoted' É!") == [
            "the", "dog's", "3", "well", "lit", "candles", "quoted", "é",
        ])
        #expect(KnownWords.split(" -- ").isEmpty)
        let known = KnownWords(captions: ["b a b", "c"])
        #expect(known.words == ["b", "a", "c"])
        #expect(known.unknown(in: "B d").map(\.word) == ["d"])
    }
}
