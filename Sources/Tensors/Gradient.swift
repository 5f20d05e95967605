import CKernels
import Foundation

/// One recorded operation: what it was made from and how a gradient flows back.
///
/// Nodes exist only downstream of a leaf that somebody marked with `requiringGradient()`; inference makes none.
final class GradientNode {
    /// Its age, whichever thread recorded it: a task may go on on another thread than it began.
    let order: UInt64
    // The place never changes, and its number is counted up by all threads.
    nonisolated(unsafe) private static let newest: UnsafeMutablePointer<UInt64> = {
        let counter = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        counter.initialize(to: 0)
        return counter
    }()
    let isLeaf: Bool
    private var inputs: [GradientNode?]
    private var backward: ((Tensor) -> [Tensor?])?
    /// Of a leaf, into which several threads may run `backward` at once; other nodes belong to one recording, and this to
    /// one thread.
    private let lock: NSLock?
    private var sum: Tensor?

    /// The sum of what has flowed into this node so far. Kept after `backward` for leaves only.
    var gradient: Tensor? {
        get {
            lock?.lock()
            defer { lock?.unlock() }
            return sum
        }
        set {
            lock?.lock()
            defer { lock?.unlock() }
            sum = newValue
        }
    }

    /// A leaf.
    convenience init() { self.init(inputs: [], backward: nil) }

    init(inputs: [GradientNode?], backward: ((Tensor) -> [Tensor?])?) {
        order = ck_counter_add(Self.newest, 1)
        self.inputs = inputs
        self.backward = backward
        isLeaf = backward == nil
        lock = isLeaf ? NSLock() : nil
    }

    /// Adds to the gradient. What several threads add to a leaf is all there in the end; in which order, they decide.
    func accumulate(_ incoming: Tensor) {
        var carried = incoming.detached
        // The lock is not held while numbers are added: the thread pool may be busy with somebody who waits for it.
        while var present = exchange(carried) {
            // Memory that nobody else looks at is added to in place.
            let sum = present.isUnshared() ? present : Tensor(uninitialized: present.shape)
            parallel(present.count, grain: 1 << 15) { _, low, high in
                kernels.add(high - low, present.pointer + low, carried.pointer + low, sum.pointer + low)
            }
            carried = sum
        }
    }

    /// Puts a gradient where there is none; else takes away the one that is there, and returns it.
    private func exchange(_ new: Tensor) -> Tensor? {
        lock?.lock()
        defer { lock?.unlock() }
        let present = sum
        sum = present == nil ? new : nil
        return present
    }

    /// What flows on to the inputs, the last input first. Lets go of everything that this took: the saved values, the
    /// gradient that came in and the nodes before this one.
    func flow() -> [(input: GradientNode, gradient: Tensor)] {
        guard !isLeaf, let incoming = gradient else { return [] }
        guard let backward else {
            preconditionFailure("backward has been here: it frees what it passes, and goes through a recording once")
        }
        let inputs = inputs
        (self.gradient, self.backward, self.inputs) = (nil, nil, [])
        return zip(inputs, backward(incoming)).reversed().compactMap { input, gradient in
            guard let input, let gradient else { return nil }
            return (input, gradient)
        }
    }
}

/// Whether operations record themselves; off inside the forward pass of a gradient checkpoint.
enum Recording {
    static var isOn: Bool {
        get { ck_this_thread()!.pointee.recording_off == 0 }
        set { ck_this_thread()!.pointee.recording_off = newValue ? 0 : 1 }
    }
}

extension Tensor {
    /// A leaf that shares this memory and collects gradients.
    public func requiringGradient() -> Tensor {
        Tensor(shape: shape, storage: storage, offset: offset, node: GradientNode())
    }

    public var requiresGradient: Bool { node != nil }

    /// What `backward` has summed up for a leaf.
    public var gradient: Tensor? { node?.gradient }

    public func clearGradient() { node?.gradient = nil }

    /// Whether an operation of this tensor records itself.
    var isRecorded: Bool { node != nil && Recording.isOn }

    /// Attaches the recorded operation where one of the inputs wants gradients.
    ///
    /// - Parameter backward: from the gradient of this value to those of the inputs; nil for an input that wants none. It
    ///   holds what it has captured until `backward` has passed: no more than it needs.
    func recorded(_ inputs: [Tensor], _ backward: @escaping (Tensor) -> [Tensor?]) -> Tensor {
        guard inputs.contains(where: \.isRecorded) else { return self }
        return Tensor(
            shape: shape, storage: storage, offset: offset,
            node: GradientNode(inputs: inputs.map(\.node), backward: backward))
    }

    /// Reverse-mode differentiation: adds d(self)/d(leaf), weighted by `gradient` (default: one), to every leaf
    /// that this tensor was made from. Frees what the operations have saved as it passes them: a recording can be gone
    /// through once.
    ///
    /// Several threads may do so at once with recordings of their own that share leaves. The gradients are all there when
    /// the last of them returns.
    public func backward(_ gradient: Tensor? = nil) {
        guard let node else { return }
        node.accumulate(gradient ?? Tensor(repeating: 1, shape))
        var pending: [UInt64: GradientNode] = [:]
        var heap: [UInt64] = []
        func push(_ node: GradientNode) {
            guard pending.updateValue(node, forKey: node.order) == nil else { return }
            heap.append(node.order)
            var i = heap.count - 1
            while i > 0, heap[(i - 1) / 2] < heap[i] {
                heap.swapAt(i, (i - 1) / 2)
                i = (i - 1) / 2
            }
        }
        func pop() -> GradientNode? {
            guard let top = heap.first else { return nil }
            let last = heap.removeLast()
            if !heap.isEmpty {
                heap[0] = last
                var i = 0
                while true {
                    var largest = i
                    for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child] > heap[largest] {
                        largest = child
                    }
                    if largest == i { break }
                    heap.swapAt(i, largest)
                    i = largest
                }
            }
            return pending.removeValue(forKey: top)
        }
        push(node)
        // Nodes are visited from the newest to the oldest: everything that uses a value was made after it.
        while let current = pop() {
            var flow = current.flow()
            // One by one, so that none is held for longer than it takes to add it.
            while let (input, gradient) = flow.popLast() {
                input.accumulate(gradient)
                push(input)
            }
        }
    }
}

/// Runs `body` without recording.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = Recording.isOn
    Recording.isOn = false
    defer { Recording.isOn = before }
    return try body()
}

/// Gradient checkpointing (Chen et al., arXiv 1604.06174): runs `body` without keeping its intermediate values
/// and runs it again when the gradient arrives. Parameters used inside must be leaves: they are reached directly.
public func checkpointed(_ inputs: [Tensor], _ body: @escaping ([Tensor]) -> Tensor) -> Tensor {
    guard Recording.isOn else { return body(inputs) }
    let plain = inputs.map(\.detached)
    let output = withoutGradients { body(plain) }
    // Always recorded: parameters inside may want gradients although no input does.
    let node = GradientNode(inputs: inputs.map(\.node)) { incoming in
        let leaves = zip(inputs, plain).map { $0.node == nil ? $1 : $1.requiringGradient() }
        let again = body(leaves)
        again.backward(incoming)
        return leaves.map(\.gradient)
    }
    return Tensor(shape: output.shape, storage: output.storage, offset: output.offset, node: node)
}

/// Ends the program where an operation that has no gradient would be recorded: it would cut its inputs off in silence.
@usableFromInline
package func refuseGradients(of operation: String, _ inputs: Tensor?...) {
    precondition(
        !inputs.contains { $0?.isRecorded == true },
        "\(operation) has no gradient: give it a tensor that is `detached`, or call it in `withoutGradients`")
}

extension Tensor {
    /// Makes this value an operation on `input` with the given gradient: for operations outside this room.
    package func withGradient(of input: Tensor, _ gradient: @escaping (Tensor) -> Tensor) -> Tensor {
        recorded([input]) { [gradient($0)] }
    }
}
