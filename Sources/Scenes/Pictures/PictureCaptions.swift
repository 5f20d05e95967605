/// Captions of pictures, made from the words beside them.
enum PictureCaptions {
    /// The first line of a description as captions are written: lower case, no brackets and no
    /// punctuation; nil where too little or too much is left of it.
    static func clean(_ text: String) -> String? {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        var plain = "", depth = 0
        for character in line.lowercased() {
            switch character {
            case "(", "[": depth += 1
            case ")", "]": depth = max(0, depth - 1)
            case "a"..."z" where depth == 0: plain.append(character)
            case "'", "’": continue
            case ".", ",", ";", ":":
                // What follows explains; the name is said.
                if plain.split(separator: " ").count >= 2 { return checked(plain) }
                plain.append(" ")
            default: if depth == 0 { plain.append(" ") }
            }
        }
        return checked(plain)
    }

    private static func checked(_ text: String) -> String? {
        var words = text.split(separator: " ").map(String.init)
        for opening in [["this", "is"], ["these", "are"], ["its"], ["it", "is"]] where words.starts(with: opening) { words.removeFirst(opening.count) }
        guard (1...10).contains(words.count), words.contains(where: { $0.count > 2 }) else { return nil }
        let plain = words.joined(separator: " ")
        return words.count == 1 && !words[0].hasSuffix("s") ? Wording.article(plain) : plain
    }

    /// What a file's name says of a picture without a description: "cartoon_cat_gerald_g._02" is
    /// "a cat"; nil where it has none of the known words.
    static func fromName(_ name: String) -> String? {
        let words = name.lowercased().split { !("a"..."z").contains($0) }.map(String.init)
        return words.first { nouns.contains($0) }.map { $0 == "grapes" ? $0 : Wording.article($0) }
    }

    /// Words of which a file's name is believed.
    static let nouns: Set<String> = Set(
        """
        airplane ant apple baby balloon banana bear bee bicycle bike bird boat book bottle boy bus butterfly cake camel candle car \
        carrot castle cat chair cheese cherry chicken church clock cloud cow crab crocodile cup deer dinosaur dog dolphin donkey dragon \
        duck eagle elephant fish flower fox frog giraffe girl glass goat goose grapes guitar hamburger hat heart helicopter hen horse \
        house igloo island kangaroo kitten ladybug lamp leaf lemon lighthouse lion lizard man monkey moon moose mosquito motorcycle \
        mountain mouse mushroom octopus orange orca owl palm panda parrot peach pear penguin piano pig pineapple pizza pumpkin rabbit \
        raccoon rainbow robot rocket rooster rose sandwich scorpion seagull seal shark sheep ship shoe skeleton snail snake snowman \
        spider squirrel star strawberry submarine sun swan table tank teapot tent tiger tomato tractor train tree truck trumpet tulip \
        turtle umbrella violin volcano whale wolf woman zebra
        """.split(separator: " ").map(String.init))
}
