import Foundation
import Layers
import Tensors
import Testing
import Text

/// The smallest reader: each letter of the alphabet is a token of its own, and nothing is learnt or pooled.
private struct LetterReader: TextReader {
    static let tokens = 12
    var width: Int { 26 }
    var pooledWidth: Int? { nil }

    func read(_ prompts: [String]) throws -> TextReading {
        let hidden = Tensor.zeros([prompts.count, Self.tokens, width]), mask = Tensor.zeros([prompts.count, Self.tokens])
        let letters = prompts.map { $0.lowercased().utf8.filter { (97...122).contains($0) } }
        for (row, letters) in letters.enumerated() {
            for (token, letter) in letters.prefix(Self.tokens).enumerated() {
                hidden.pointer[(row * Self.tokens + token) * width + Int(letter) - 97] = 1
                mask.pointer[row * Self.tokens + token] = 1
            }
        }
        return TextReading(
            hidden: hidden, mask: mask, pooled: nil, warnings: letters.map { $0.count > Self.tokens ? ["cut"] : [] })
    }
}

@Suite struct TextReaderTests {
    /// What a reader promises to those that know nothing else of it: prompts do not see one another.
    private func check(_ reader: any TextReader) throws {
        let prompts = ["wood on fire", "", "a boat is sailing in a lake"]
        let all = try reader.read(prompts), tokens = all.hidden.shape[1]
        #expect(all.hidden.shape == [3, tokens, reader.width] && all.mask.shape == [3, tokens] && all.warnings.count == 3)
        #expect(all.pooled?.shape == reader.pooledWidth.map { [3, $0] })
        for (index, prompt) in prompts.enumerated() {
            let alone = try reader.read([prompt])
            #expect(near(alone.hidden, all.hidden.slice(index)) && alone.mask.values == all.mask.slice(index).values)
            if let pooled = all.pooled { #expect(near(try #require(alone.pooled), pooled.slice(index))) }
            #expect(alone.warnings == [all.warnings[index]])
        }
        let counts = (0..<3).map { all.mask.slice($0).values.reduce(0, +) }
        #expect(counts[1] < counts[0] && counts[0] < counts[2], "\(counts)")
    }

    private func near(_ first: Tensor, _ second: Tensor) -> Bool {
        first.count == second.count && zip(first.values, second.values).allSatisfy { abs($0 - $1) < 1e-5 }
    }

    @Test func lettersAreRead() throws {
        try check(LetterReader())
        #expect(try LetterReader().read(["a boat is sailing in a lake"]).warnings == [["cut"]])
    }

    @Test func clipsArchitectureReads() throws {
        try Fixture.withFolder { folder in
            let tokenizer = try SentencePieceTrainer.trainFolder(
                captions: SentencePieceTests.captions, vocabularySize: 60, maximumLength: 24, to: folder)
            let configuration = TextEncoderConfiguration(
                vocabularySize: 60, hiddenSize: 16, intermediateSize: 32, layers: 2, heads: 2, positions: 24)
            let encoder = TextEncoder(configuration, ParameterScope(nil, store: ParameterStore(), seed: 5))
            let reader = CLIPReader(tokenizer, encoder)
            try check(reader)
            let tokens = try tokenizer.encode("wood on fire"), reading = try reader.read(["wood on fire"])
            #expect(reading.hidden.values == encoder([tokens.ids]).values)
            #expect(reading.mask.values == (0..<24).map { $0 < tokens.count ? 1 : 0 })
            #expect(reading.pooled?.values == reading.hidden.slice(0).slice(tokens.count - 1).values, "the end mark's state")
            #expect(try reader.read(["zebra"]).warnings[0].count == 1, "a word that no caption has")
        }
    }
}
