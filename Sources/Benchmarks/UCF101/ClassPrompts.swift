import Evaluation
import Foundation

/// One sentence for each class.
public struct ClassPrompts: Sendable {
    private let sentences: [String: String]
    /// Sentences in order, for files that name no classes.
    private let inOrder: [String]

    /// Lines of text; the comment above a sentence may name its class: "# Archery". Throws `EvaluationError.dataSet`.
    public init(contentsOf path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
            throw EvaluationError.dataSet(path: path, problem: "it cannot be read; it must be a text with one sentence for each class")
        }
        var sentences: [String: String] = [:], inOrder: [String] = [], name: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("#") {
                let word = line.dropFirst().trimmingCharacters(in: .whitespaces)
                name = word.contains(" ") ? nil : word
            } else if !line.isEmpty {
                inOrder.append(line)
                if let name { sentences[name.lowercased()] = line }
                name = nil
            }
        }
        (self.sentences, self.inOrder) = (sentences, inOrder)
    }

    /// The sentences for some classes, and which of them had to be made of the class's name.
    public func sentences(for classes: [ActionDataSet.Class]) -> (texts: [String], made: [String]) {
        var made: [String] = []
        let byPlace = sentences.isEmpty && inOrder.count == classes.count
        let texts = classes.enumerated().map { index, item in
            if byPlace { return inOrder[index] }
            if let text = sentences[item.name.lowercased()] { return text }
            made.append(item.name)
            return Self.words(item.name)
        }
        return (texts, made)
    }

    /// "BalanceBeam" as "balance beam".
    static func words(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase, !text.isEmpty { text += " " }
            text += character.lowercased()
        }
    }
}
