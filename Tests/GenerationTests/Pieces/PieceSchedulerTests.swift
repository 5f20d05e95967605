import Foundation
import Generation
import Tensors
import Testing

/// The scheduler, on every shape that videos have: whoever makes which piece when, the frames are the same.
@Suite struct PieceSchedulerTests {
    /// What a video comes to: its numbers, by a loop that knows no scheduler and no store.
    private static func expected(_ graph: any TinyGraph, stretches: Int) throws -> [Float] {
        var pieces: [PieceID: Piece] = [:], values: [Float] = []
        let maker = TinyMaker(graph)
        for stretch in 0..<stretches {
            for id in graph.pieces(of: stretch) {
                let alone = OnePiece(graph, id, pieces)
                pieces[id] = try alone.make(with: maker)
            }
            values += Self.values(graph.latents(of: stretch, from: graph.sources(of: stretch).map { pieces[$0]! }))
        }
        return values
    }

    private static func values(_ frames: StretchFrames) -> [Float] {
        switch frames {
        case let .latents(tensor), let .pictures(tensor): tensor.values
        }
    }

    private static func lead(_ scheduler: PieceScheduler) throws -> [Float] {
        var found: [Float] = []
        while let frames = try scheduler.nextStretch() { found += values(frames) }
        return found
    }

    private static func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pieces-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    private static func files(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) })
    }

    /// A graph of one piece whose needs are there: what makes it without a scheduler's order.
    private struct OnePiece {
        let graph: any TinyGraph
        let id: PieceID
        let store = PieceMemory()

        init(_ graph: any TinyGraph, _ id: PieceID, _ pieces: [PieceID: Piece]) {
            (self.graph, self.id) = (graph, id)
            for need in graph.needs(of: id) { store.save(pieces[need.piece]!, as: need.piece) }
        }

        private struct Alone: PieceGraph {
            let graph: any TinyGraph
            let id: PieceID
            func frames(of stretch: Int) -> Range<Int> { stretch..<stretch + 1 }
            func pieces(of _: Int) -> [PieceID] { [id] }
            func sources(of _: Int) -> [PieceID] { [] }
            func needs(of piece: PieceID) -> [PieceNeed] { piece == id ? graph.needs(of: id) : [] }
            func expired(after _: Int) -> [PieceNeed] { [] }
        }

        func make(with maker: TinyMaker) throws -> Piece {
            try PieceScheduler(Alone(graph: graph, id: id), stretches: 1, store, maker).work()
            var piece = try store.piece(id)
            piece.carry = try? store.carry(of: id)
            return piece
        }
    }

    // MARK: Graphs

    /// Whatever a graph says must hold together, or a scheduler could not go by it.
    @Test(arguments: TinyShape.allCases) func graphsHoldTogether(_ shape: TinyShape) {
        let graph = shape.graph
        var known: Set<PieceID> = [], expired: Set<PieceNeed> = [], end = 0
        for stretch in 0..<60 {
            #expect(graph.frames(of: stretch).lowerBound == end)
            end = graph.frames(of: stretch).upperBound
            for piece in graph.pieces(of: stretch) {
                let needs = graph.needs(of: piece)
                #expect(needs.allSatisfy { known.contains($0.piece) && !expired.contains($0) })
                #expect(known.insert(piece).inserted, "\(piece) is made once")
            }
            #expect(graph.sources(of: stretch).allSatisfy { known.contains($0) && !expired.contains(.latents($0)) })
            graph.expired(after: stretch).forEach { expired.insert($0) }
            for length in end - graph.frames(of: stretch).count + 1...end { #expect(graph.stretches(for: length) == stretch + 1) }
            #expect(graph.stretch(from: graph.frames(of: stretch).lowerBound) == stretch)
            #expect(graph.stretch(from: end) == stretch + 1 && graph.stretch(holding: end - 1) == stretch)
        }
        #expect(graph.pieceCount(of: 60) == known.count)
    }

    @Test func noiseComesFromSeedAndPiece() {
        var seen: Set<UInt64> = []
        for level in PieceID.levels {
            for index in 0..<4000 { #expect(seen.insert(PieceNoise.generator(seed: 5, PieceID(index, level: level)).seed).inserted) }
        }
        #expect(PieceNoise.generator(seed: 5, PieceID(2)) == PieceNoise.generator(seed: 5, PieceID(2)))
        #expect(PieceNoise.generator(seed: 6, PieceID(2)) != PieceNoise.generator(seed: 5, PieceID(2)))
        // All 64 bits of a seed count, of which torch's generator would see 32.
        #expect(PieceNoise.generator(seed: 5 + 1 << 32, PieceID(2)) != PieceNoise.generator(seed: 5, PieceID(2)))
    }

    // MARK: One worker

    @Test(arguments: TinyShape.allCases) func everyPieceIsMadeOnce(_ shape: TinyShape) throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 30)
        try Self.inFolder { folder in
            for store in [PieceMemory(), PieceFolder(folder.path)] as [any PieceStore] {
                let maker = TinyMaker(graph), scheduler = PieceScheduler(graph, stretches: 30, store, maker)
                var events: [String] = []
                scheduler.onPiece = { events.append("\($0)") }
                scheduler.onStep = { number, step, steps, _ in events.append("\(number): \(step)/\(steps)") }
                #expect(try Self.lead(scheduler) == expected)
                let order = (0..<30).flatMap(graph.pieces)
                #expect(maker.made == order)
                #expect(events == order.indices.flatMap { ["\($0 + 1)", "\($0 + 1): 1/2", "\($0 + 1): 2/2"] })
            }
            // Another one finds all of it.
            let idle = TinyMaker(graph), again = PieceScheduler(graph, stretches: 30, PieceFolder(folder.path), idle)
            var events: [Int] = []
            again.onPiece = { events.append($0) }
            try again.resume()
            #expect(try Self.lead(again) == expected)
            #expect(idle.made.isEmpty && events == Array(1...graph.pieceCount(of: 30)))
            #expect(try Self.files(folder).keys.filter { $0.hasPrefix("state") }.count == (shape == .chain ? 1 : 0))
        }
    }

    @Test(arguments: TinyShape.allCases) func memoryDoesNotGrow(_ shape: TinyShape) throws {
        let graph = shape.graph, store = PieceMemory(), scheduler = PieceScheduler(graph, stretches: 300, store, TinyMaker(graph))
        var most = 0
        while try scheduler.nextStretch() != nil { most = max(most, store.saved().count) }
        #expect(most <= 8, "\(most)")
    }

    /// What it was told while it was made stays with a piece, and comes back with it.
    @Test func actionsAreKept() throws {
        try Self.inFolder { folder in
            let live = TinyLiveChain()
            live.action = { Float($0 * $0) }
            _ = try Self.lead(PieceScheduler(live, stretches: 4, PieceFolder(folder.path), TinyMaker(live)))
            let kept = try (0..<4).map { try PieceFolder(folder.path).piece(PieceID($0)).told["action"]?.values }
            #expect(kept == [[0], [1], [4], [9]])
        }
    }

    @Test func anErrorEndsIt() throws {
        struct Stop: Error {}
        try Self.inFolder { folder in
            let graph = TinyTree(), expected = try Self.expected(graph, stretches: 9)
            let scheduler = PieceScheduler(graph, stretches: 9, PieceFolder(folder.path), TinyMaker(graph))
            scheduler.onStep = { number, step, _, _ in if (number, step) == (5, 1) { throw Stop() } }
            #expect(throws: Stop.self) { try Self.lead(scheduler) }
            scheduler.onStep = { _, _, _, _ in }
            #expect(try PieceFolder(folder.path).saved().count == 4)
            let rest = TinyMaker(graph), again = PieceScheduler(graph, stretches: 9, PieceFolder(folder.path), rest)
            #expect(try Self.lead(again) == expected)
            #expect(rest.made.count == graph.pieceCount(of: 9) - 4)
        }
    }

    // MARK: Out of order, and several workers

    /// Pieces are made in any order in which their needs are there, by makers that have made nothing before.
    @Test(arguments: [TinyShape.tree, .cascade]) func outOfOrder(_ shape: TinyShape) throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 9)
        for _ in 0..<5 {
            try Self.inFolder { folder in
                let store = PieceFolder(folder.path)
                var open = (0..<9).flatMap(graph.pieces).shuffled(), order: [PieceID] = []
                while !open.isEmpty {
                    let at = try #require(open.firstIndex { graph.needs(of: $0).allSatisfy { store.isSaved($0.piece) } })
                    let id = open.remove(at: at)
                    var given: [PieceID: Piece] = [:]
                    for need in graph.needs(of: id) { given[need.piece] = try store.piece(need.piece) }
                    try store.save(OnePiece(graph, id, given).make(with: TinyMaker(graph)), as: id)
                    order.append(id)
                }
                #expect(order != (0..<9).flatMap(graph.pieces))
                let idle = TinyMaker(graph)
                #expect(try Self.lead(PieceScheduler(graph, stretches: 9, PieceFolder(folder.path), idle)) == expected)
                #expect(idle.made.isEmpty)
            }
        }
    }

    /// A leader and two others, each with a store and a maker of its own over one folder, or all on one memory.
    @Test(arguments: TinyShape.allCases, [true, false]) func workersShareWhatIsToBeMade(_ shape: TinyShape, _ isFolder: Bool) throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 40)
        try Self.inFolder { folder in
            let memory = PieceMemory()
            func store() -> any PieceStore { isFolder ? PieceFolder(folder.path) : memory }
            let makers = (0..<3).map { _ in TinyMaker(graph) }
            for maker in makers { maker.during = { _ in usleep(1000) } }
            let done = DispatchGroup()
            for maker in makers.dropFirst() {
                done.enter()
                let scheduler = PieceScheduler(graph, stretches: 40, store(), maker)
                let thread = Thread {
                    do { try scheduler.work() } catch { Issue.record(error) }
                    done.leave()
                }
                thread.start()
            }
            #expect(try Self.lead(PieceScheduler(graph, stretches: 40, store(), makers[0])) == expected)
            done.wait()
            let made = makers.flatMap(\.made)
            #expect(made.count == Set(made).count && made.count == graph.pieceCount(of: 40), "each piece once")
            if isFolder, shape == .tree || shape == .cascade { #expect(makers.allSatisfy { !$0.made.isEmpty }, "\(makers.map(\.made.count))") }
            if isFolder { try #expect(!Self.files(folder).keys.contains { $0.hasSuffix(".claim") }) }
        }
    }

    // MARK: Ends of processes

    /// A process that is killed in the middle of a piece leaves those before it, and a claim that holds nobody up.
    @Test(arguments: TinyShape.allCases) func killedProcesses(_ shape: TinyShape) async throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 9), name = shape.rawValue
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pieces-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [name = name as String, path = path as String] in
            let graph = TinyShape(rawValue: name)!.graph, scheduler = PieceScheduler(graph, stretches: 9, PieceFolder(path), TinyMaker(graph))
            scheduler.onStep = { number, step, _, _ in if (number, step) == (5, 1) { kill(getpid(), SIGKILL) } }
            while try scheduler.nextStretch() != nil {}
        }
        let left = try Self.files(folder)
        #expect(left.keys.contains { $0.hasSuffix(".claim") }, "it was killed while it had one: \(left.keys.sorted())")
        #expect(left.keys.filter { $0.hasPrefix("clip") && $0.hasSuffix(".safetensors") }.count == 4)
        let maker = TinyMaker(graph), scheduler = PieceScheduler(graph, stretches: 9, PieceFolder(path), maker)
        try scheduler.resume()
        #expect(try Self.lead(scheduler) == expected)
        #expect(maker.made.count == graph.pieceCount(of: 9) - 4)
        // Nothing that was whole has been written again.
        for (name, bytes) in left where name.hasPrefix("clip") && name.hasSuffix(".safetensors") {
            #expect(try Data(contentsOf: folder.appendingPathComponent(name)) == bytes)
        }
    }

    /// A worker in another process dies over a piece that the leader waits for: the leader makes it.
    @Test func aDeadWorkersPieceIsTaken() async throws {
        let graph = TinyLiveChain(), expected = try Self.expected(graph, stretches: 8)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pieces-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path, maker = TinyMaker(graph)
        // Of the thread, and then of the test.
        nonisolated(unsafe) var found: [Float] = [], waits = 0
        let done = DispatchSemaphore(value: 0)
        Thread { [path] in
            defer { done.signal() }
            let claim = path + "/clip-00003.claim"
            while !FileManager.default.fileExists(atPath: path + "/clip-00002.safetensors") { usleep(1000) }
            while (try? String(contentsOfFile: claim, encoding: .utf8))?.hasSuffix("\n") != true { usleep(1000) }
            let scheduler = PieceScheduler(TinyLiveChain(), stretches: 8, PieceFolder(path), maker)
            scheduler.onWait = {
                waits += 1
                if waits == 3, let owner = try? String(contentsOfFile: claim, encoding: .utf8), let process = Int32(owner.dropLast()) {
                    kill(process, SIGKILL)
                }
            }
            do { found = try Self.lead(scheduler) } catch { Issue.record(error) }
        }.start()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let graph = TinyLiveChain(), scheduler = PieceScheduler(graph, stretches: 8, PieceFolder(path), TinyMaker(graph))
            scheduler.onStep = { number, step, _, _ in if (number, step) == (3, 1) { sleep(60) } }
            try scheduler.work()
        }
        done.wait()
        #expect(found == expected && waits >= 3)
        #expect(maker.made == (2..<8).map { PieceID($0) })
    }

    // MARK: Damage

    /// A piece that is not what was saved is made again where its needs are there, with the same bits.
    @Test(arguments: [TinyShape.tree, .cascade, .live]) func damagedPiecesAreMadeAgain(_ shape: TinyShape) throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 9)
        try Self.inFolder { folder in
            _ = try Self.lead(PieceScheduler(graph, stretches: 9, PieceFolder(folder.path), TinyMaker(graph)))
            let whole = try Self.files(folder)
            for (name, bytes) in whole {
                for change in [bytes.prefix(bytes.count / 2), Data(), nil, bytes.dropLast() + [bytes.last! ^ 1]] {
                    let file = folder.appendingPathComponent(name)
                    if let change { try change.write(to: file) } else { try FileManager.default.removeItem(at: file) }
                    let maker = TinyMaker(graph), scheduler = PieceScheduler(graph, stretches: 9, PieceFolder(folder.path), maker)
                    var told: [String] = []
                    scheduler.onRemade = { told.append("\($0) \($1)") }
                    try scheduler.resume()
                    #expect(try Self.lead(scheduler) == expected)
                    // A piece that nothing asks for any more is not looked at.
                    let isRead = !maker.made.isEmpty
                    if isRead, change != nil { #expect(told.count == 1 && told[0].contains(name), "\(told)") }
                    if isRead { #expect(maker.made.count == 1) } else { try bytes.write(to: file) }
                    #expect(try Self.files(folder) == whole)
                }
            }
        }
    }

    /// A chain of random numbers has nothing to make an earlier piece of: that is told, and nothing is touched.
    @Test func whatCannotBeMadeAgainIsTold() throws {
        try Self.inFolder { folder in
            let graph = TinyChain()
            _ = try Self.lead(PieceScheduler(graph, stretches: 4, PieceFolder(folder.path), TinyMaker(graph)))
            let whole = try Self.files(folder)
            #expect(whole.keys.sorted() == (1...4).map { "clip-0000\($0).safetensors" } + ["state-00004.safetensors"])
            for name in ["clip-00002.safetensors", "clip-00004.safetensors", "state-00004.safetensors"] {
                let file = folder.appendingPathComponent(name)
                for isMissing in [false, true] {
                    if isMissing { try FileManager.default.removeItem(at: file) } else { try Data("x".utf8).write(to: file) }
                    let scheduler = PieceScheduler(graph, stretches: 4, PieceFolder(folder.path), TinyMaker(graph))
                    let message = TinyModel.message {
                        try scheduler.resume()
                        _ = try Self.lead(scheduler)
                    }
                    #expect(message.contains(name) && message.contains("is damaged"), "\(message)")
                    #expect(try Self.files(folder).count == (isMissing ? 4 : 5))
                    try whole[name]!.write(to: file)
                }
            }
        }
    }

    /// The first piece needs nothing, so it can be made again.
    @Test func theFirstPieceOfAChainCanBeMadeAgain() throws {
        try Self.inFolder { folder in
            let graph = TinyChain(), expected = try Self.expected(graph, stretches: 3)
            _ = try Self.lead(PieceScheduler(graph, stretches: 1, PieceFolder(folder.path), TinyMaker(graph)))
            try FileManager.default.removeItem(at: folder.appendingPathComponent("state-00001.safetensors"))
            let maker = TinyMaker(graph), scheduler = PieceScheduler(graph, stretches: 3, PieceFolder(folder.path), maker)
            try scheduler.resume()
            #expect(try Self.lead(scheduler) == expected)
            #expect(maker.made.count == 3)
        }
    }

    // MARK: Extension

    @Test(arguments: TinyShape.allCases) func aLongerVideoBeginsWithTheShorterOne(_ shape: TinyShape) throws {
        let graph = shape.graph, expected = try Self.expected(graph, stretches: 31)
        try Self.inFolder { folder in
            for (stretches, before) in [(5, 0), (17, 5), (31, 17)] {
                let maker = TinyMaker(graph), scheduler = PieceScheduler(graph, stretches: stretches, PieceFolder(folder.path), maker)
                try scheduler.resume()
                let found = try Self.lead(scheduler)
                #expect(found == Array(expected.prefix(found.count)))
                #expect(maker.made.count == graph.pieceCount(of: stretches) - graph.pieceCount(of: before))
            }
        }
    }
}
