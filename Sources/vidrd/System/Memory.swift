import Foundation

/// Memory of this process.
enum Memory {
    /// Largest resident size so far, in bytes.
    static var peak: Int {
        #if canImport(Darwin)
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return Int(usage.ru_maxrss)
        #else
        // Linux's getrusage begins with the peak of the process that started this one.
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) * 1024
        #endif
    }

    /// Bytes that the process occupies now; nil where the system does not tell.
    static var resident: Int? {
        #if os(Linux)
        // The second number is resident pages (proc(5)).
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 128)
        let count = fread(&line, 1, line.count, file)
        let numbers = String(decoding: line[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        #elseif canImport(Darwin)
        var info = mach_task_basic_info()
        var count = mach_msg_type_number_t(MemoryLayout<mach_task_basic_info>.size / MemoryLayout<natural_t>.size)
        let status = withUnsafeMutablePointer(to: &info) { pointer in
            pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), $0, &count)
            }
        }
        return status == KERN_SUCCESS ? Int(info.resident_size) : nil
        #else
        return nil
        #endif
    }

    /// Bytes that new work may take before the system begins to swap or to kill; nil where it does not tell.
    static var available: Int? {
        #if os(Linux)
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
        var least: Int?
        if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }) {
            least = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        // A container may have less than the machine.
        func number(_ name: String) -> Int? {
            (try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8))
                .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        if let limit = number("memory.max"), let used = number("memory.current") { least = min(least ?? .max, max(0, limit - used)) }
        return least
        #else
        return Int(clamping: ProcessInfo.processInfo.physicalMemory)
        #endif
    }
}
