/// Small help with captions.
enum Wording {
    /// "a" or "an", whichever goes before the word.
    static func article(_ phrase: String) -> String {
        guard let first = phrase.first else { return phrase }
        return ("aeiou".contains(first) ? "an " : "a ") + phrase
    }

    /// 1...5 in letters.
    static func number(_ count: Int) -> String {
        ["zero", "one", "two", "three", "four", "five"][max(0, min(5, count))]
    }

    /// The number that letters say; nil for other words.
    static func value(_ word: String) -> Int? {
        (0...5).first { number($0) == word }
    }

    /// "a red candle", "two red candles": the noun phrase with its article or number.
    static func some(_ count: Int, _ singular: String, plural: String? = nil) -> String {
        count == 1 ? article(singular) : "\(number(count)) \(plural ?? singular + "s")"
    }

    /// "is" or "are".
    static func be(_ count: Int) -> String { count == 1 ? "is" : "are" }
}
