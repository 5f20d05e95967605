import Foundation

/// What CLIP's tokenizer does to text before its byte pairs: repair, lower case, split into words.
///
/// The reference is transformers' `CLIPTokenizer` with ftfy's `fix_text`, without ftfy's guesses at text that
/// was decoded with the wrong character set.
enum CLIPText {
    /// Text repaired, spaces collapsed, in lower case.
    static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in HTMLEntities.unescape(text).unicodeScalars { append(scalar, to: &scalars) }
        let composed = String(scalars).precomposedStringWithCanonicalMapping
        return composed.unicodeScalars.split(whereSeparator: isSpace).map { String($0) }.joined(separator: " ").lowercased()
    }

    /// Words of cleaned text: contractions, runs of letters, single digits, runs of anything else
    /// (`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`).
    static func words(_ text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        let kinds = scalars.map(Kind.init)
        var words: [String] = []
        var start = 0
        while start < scalars.count {
            var end = start + 1
            switch kinds[start] {
            case .space:
                start = end
                continue
            case .number:
                break
            case .letter, .other:
                if let length = contraction(scalars[start...]) {
                    end = start + length
                } else {
                    while end < scalars.count, kinds[end] == kinds[start] { end += 1 }
                }
            }
            words.append(String(String.UnicodeScalarView(scalars[start..<end])))
            start = end
        }
        return words
    }

    private enum Kind {
        case letter, number, space, other

        init(_ scalar: UnicodeScalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = CLIPText.isSpace(scalar) ? .space : .other
            }
        }
    }

    private static let contractions: [[UnicodeScalar]] = ["s", "t", "re", "ve", "m", "ll", "d"].map {
        ["'"] + Array($0.unicodeScalars)
    }

    private static func contraction(_ scalars: ArraySlice<UnicodeScalar>) -> Int? {
        guard scalars.first == "'" else { return nil }
        return contractions.first { scalars.starts(with: $0) }?.count
    }

    /// What a regular expression's `\s` is.
    static func isSpace(_ scalar: UnicodeScalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    private static func append(_ scalar: UnicodeScalar, to result: inout String.UnicodeScalarView) {
        switch scalar.value {
        case 0...0x08, 0x0B, 0x0E...0x1B, 0x1C...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC:
            return  // control characters
        case 0x02BC, 0x2018...0x201B:
            result.append("'")
        case 0x201C...0x201F:
            result.append("\"")
        case 0x3000:
            result.append(" ")
        case 0xFF01...0xFFEF:  // full-width and half-width forms
            result.append(contentsOf: String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
        case 0xFB00...0xFB06, 0x0132, 0x0133, 0x0149, 0x01C4...0x01CC, 0x01F1...0x01F3:  // ligatures of Latin letters
            result.append(contentsOf: String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
        default:
            result.append(scalar)
        }
    }
}
