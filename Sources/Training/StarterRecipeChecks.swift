import Models
import Text

/// A recipe's JSON is edited by hand: every key is known, every value in its range, and what belongs together fits. All throw
/// `DecodingError`, from which `JSONFile` makes a message with file and key.

/// The keys of one object.
private struct CheckedObject<Key: CodingKey & CaseIterable> {
    let box: KeyedDecodingContainer<Key>

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(_ decoder: any Swift.Decoder, _ keys: Key.Type = Key.self) throws {
        let all = try decoder.container(keyedBy: AnyKey.self)
        if let unknown = all.allKeys.map(\.stringValue).sorted().first(where: { Key(stringValue: $0) == nil }) {
            let known = Key.allCases.map(\.stringValue).sorted().joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: AnyKey(stringValue: unknown), in: all, debugDescription: "is not known; known are \(known)")
        }
        box = try decoder.container(keyedBy: Key.self)
    }

    func invalid(_ key: Key, _ problem: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: box, debugDescription: problem)
    }

    func value<Value: Decodable>(_ key: Key) throws -> Value { try box.decode(Value.self, forKey: key) }

    func count(_ key: Key, from lowest: Int = 1, to highest: Int = 1_000_000_000) throws -> Int {
        let value: Double = try value(key)
        guard value.rounded() == value, (Double(lowest)...Double(highest)).contains(value) else {
            throw invalid(key, "is \(Self.text(value)) and must be a whole number from \(lowest) to \(highest)")
        }
        return Int(value)
    }

    func seed(_ key: Key) throws -> UInt64 {
        if let seed: UInt64 = try? value(key) { return seed }
        let value: Double = try value(key)
        throw invalid(key, "is \(Self.text(value)) and must be a whole number from 0 to \(UInt64.max)")
    }

    /// Without the fraction of a whole number.
    private static func text(_ value: Double) -> String {
        abs(value) < 1e15 && value.rounded() == value ? "\(Int(value))" : "\(value)"
    }

    /// A number from 0 on.
    func number(_ key: Key, to highest: Double) throws -> Float {
        let value: Double = try value(key)
        guard (0...highest).contains(value) else { throw invalid(key, "is \(Self.text(value)) and must be from 0 to \(Int(highest))") }
        return Float(value)
    }

    func positive(_ key: Key, to highest: Double) throws -> Double {
        let value: Double = try value(key)
        guard value > 0, value <= highest else { throw invalid(key, "is \(Self.text(value)) and must be above 0 and up to \(Int(highest))") }
        return value
    }

    func float(_ key: Key, to highest: Double) throws -> Float {
        let value = Float(try positive(key, to: highest))
        guard value > 0 else { throw invalid(key, "is too small for a number of 32 bits") }
        return value
    }

    func isGiven(_ key: Key) throws -> Bool { try box.contains(key) && !box.decodeNil(forKey: key) }

    static var mostFrames: Int { 1024 }
    static var largestBatch: Int { 100_000 }
    static var largestShift: Double { 100 }
    static var largestWeight: Double { 1000 }
}

extension StarterRecipe.Clips {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        drawn = try object.count(.drawn)
        composed = try object.count(.composed, from: 0)
        frames = try object.count(.frames, to: CheckedObject<CodingKeys>.mostFrames)
        framesPerSecond = try object.positive(.framesPerSecond, to: 1000)
        size = try object.count(.size, to: 1 << 16)
        seed = try object.seed(.seed)
        composedSeed = try object.seed(.composedSeed)
        explicitShare = try object.isGiven(.explicitShare) ? object.number(.explicitShare, to: 1) : nil
    }
}

extension StarterRecipe.Schedule {
    /// Throws for a stage that would never end, too.
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        steps = try object.isGiven(.steps) ? object.count(.steps) : nil
        minutes = try object.isGiven(.minutes) ? object.positive(.minutes, to: 1e6) : nil
        guard steps != nil || minutes != nil else {
            throw object.invalid(.steps, "is missing, and so is \"minutes\": a stage needs one of them to end")
        }
        batch = try object.count(.batch, to: CheckedObject<CodingKeys>.largestBatch)
        rate = try object.float(.rate, to: 10)
        warmup = try object.count(.warmup, from: 0)
        optimizer = .adamW
        // Recipes of before there was a choice have none.
        if try object.isGiven(.optimizer) {
            let name: String = try object.value(.optimizer)
            guard let kind = OptimizerKind(rawValue: name) else {
                let known = OptimizerKind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
                throw object.invalid(.optimizer, "is \"\(name)\" and must be \(known)")
            }
            optimizer = kind
        }
    }
}

extension StarterRecipe.Autoencoder.Weights {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        kl = try object.number(.kl, to: CheckedObject<CodingKeys>.largestWeight)
        scaleEquivariance = try object.number(.scaleEquivariance, to: CheckedObject<CodingKeys>.largestWeight)
    }
}

extension StarterRecipe.Autoencoder {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        (schedule, weights, sizes) = (try object.value(.schedule), try object.value(.weights), try object.value(.sizes))
    }
}

extension StarterRecipe.Image {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        (schedule, sizes) = (try object.value(.schedule), try object.value(.sizes))
        timestepShift = try object.float(.timestepShift, to: CheckedObject<CodingKeys>.largestShift)
    }
}

extension StarterRecipe.Captions {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        schedule = try object.value(.schedule)
        timestepShift = try object.float(.timestepShift, to: CheckedObject<CodingKeys>.largestShift)
    }
}

extension StarterRecipe.Video {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        schedule = try object.value(.schedule)
        frames = try object.count(.frames, to: CheckedObject<CodingKeys>.mostFrames)
        spatialRate = try object.number(.spatialRate, to: CheckedObject<CodingKeys>.largestWeight)
        timestepShift = try object.float(.timestepShift, to: CheckedObject<CodingKeys>.largestShift)
    }
}

extension StarterRecipe.Joint {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        schedule = try object.value(.schedule)
        frames = try object.count(.frames, to: CheckedObject<CodingKeys>.mostFrames)
        stills = try object.count(.stills, to: CheckedObject<CodingKeys>.largestBatch)
        timestepShift = try object.float(.timestepShift, to: CheckedObject<CodingKeys>.largestShift)
        stillsTimestepShift = try object.float(.stillsTimestepShift, to: CheckedObject<CodingKeys>.largestShift)
    }
}

extension StarterRecipe.Decoder {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        schedule = try object.value(.schedule)
        frames = try object.count(.frames, to: CheckedObject<CodingKeys>.mostFrames)
        spatial = try object.value(.spatial)
        latentNoise = try object.number(.latentNoise, to: CheckedObject<CodingKeys>.largestWeight)
    }
}

extension StarterRecipe {
    public init(from decoder: any Swift.Decoder) throws {
        let object = try CheckedObject(decoder, CodingKeys.self)
        (clips, stills) = (try object.value(.clips), try object.value(.stills))
        (fresh, explicit) = (try object.value(.fresh), try object.value(.explicit))
        (autoencoder, image) = (try object.value(.autoencoder), try object.value(.image))
        (captions, video, motion) = (try object.value(.captions), try object.value(.video), try object.value(.motion))
        (joint, self.decoder) = (try object.value(.joint), try object.value(.decoder))
        seed = try object.seed(.seed)
        for (path, problem) in misfits {
            throw DecodingError.dataCorrupted(.init(codingPath: object.box.codingPath + path, debugDescription: problem))
        }
    }

    /// What does not go together; a stage would find it after hours of those before it.
    private var misfits: [(path: [any CodingKey], problem: String)] {
        let drawn = [(CodingKeys.clips, clips), (.stills, stills), (.fresh, fresh), (.explicit, explicit)]
        let factor = autoencoder.sizes.factor, channels = autoencoder.sizes.latentChannels
        let text = TextEncoderConfiguration.starter(vocabularySize: 1).hiddenSize
        var found: [([any CodingKey], String)] = drawn.filter { $1.size % factor != 0 || $1.size < 2 * factor }.map { key, clips in
            ([key, Clips.CodingKeys.size], "is \(clips.size) and must be a multiple of \(factor) from \(2 * factor) on, as the autoencoder's sizes ask")
        }
        func check(_ stage: CodingKeys, _ key: any CodingKey, _ frames: Int, of drawn: CodingKeys, _ clips: Clips) {
            guard frames > clips.frames else { return }
            found.append(([stage, key], "is \(frames) and must be up to \(clips.frames), as many as \"\(drawn.stringValue)\" have"))
        }
        check(.video, Video.CodingKeys.frames, video.frames, of: .clips, clips)
        check(.motion, Video.CodingKeys.frames, motion.frames, of: .fresh, fresh)
        check(.joint, Joint.CodingKeys.frames, joint.frames, of: .fresh, fresh)
        check(.decoder, Decoder.CodingKeys.frames, decoder.frames, of: .clips, clips)
        for (name, size, needed, whose) in [
            ("in_channels", image.sizes.inChannels, channels, "the autoencoder's latent_channels"),
            ("out_channels", image.sizes.outChannels, channels, "the autoencoder's latent_channels"),
            ("cross_attention_dim", image.sizes.crossAttentionDim, text, "the text encoder's width"),
        ] where size != needed {
            found.append(([CodingKeys.image, Image.CodingKeys.sizes, SizeKey(stringValue: name)], "is \(size) and must be \(needed), \(whose)"))
        }
        return found
    }

    private struct SizeKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
