/// Levenshtein distance, or nil where it exceeds `limit`.
public func editDistance(_ first: String, _ second: String, limit: Int = .max) -> Int? {
    let a = Array(first.unicodeScalars), b = Array(second.unicodeScalars)
    if limit < .max, abs(a.count - b.count) > limit { return nil }
    if a.isEmpty { return b.count }
    var row = Array(0...b.count)
    for i in 0..<a.count {
        var diagonal = row[0]
        row[0] = i + 1
        var best = row[0]
        for j in 0..<b.count {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
            best = min(best, row[j + 1])
            diagonal = above
        }
        if best > limit { return nil }
    }
    return row[b.count] <= limit ? row[b.count] : nil
}

/// The `count` words nearest to `word` by edit distance, nearest first, and in the order given where equally
/// near. Words more than `within` edits away are left out; by default that is half the length of `word`.
public func nearestWords(to word: String, among words: [String], count: Int, within: Int? = nil) -> [String] {
    let limit = within ?? max(1, word.unicodeScalars.count / 2)
    var found: [(distance: Int, index: Int)] = []
    for (index, candidate) in words.enumerated() {
        let worst = found.count < count ? limit : min(limit, (found.last?.distance ?? limit) - 1)
        guard worst >= 0, let distance = editDistance(word, candidate, limit: worst) else { continue }
        let place = found.firstIndex { $0.distance > distance } ?? found.count
        found.insert((distance, index), at: place)
        if found.count > count { found.removeLast() }
    }
    return found.map { words[$0.index] }
}
