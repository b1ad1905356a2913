#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The `process_*` figures, read from the operating system when the metrics page is requested.
package struct ProcessStatistics: Sendable {
    package var cpuSeconds: Double
    package var residentBytes: Int?
    package var virtualBytes: Int?
    package var openDescriptors: Int?
    package var maxDescriptors: Int

    package static func read() -> ProcessStatistics {
        var usage = rusage()
        #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        getrusage(RUSAGE_SELF, &usage)
        #endif
        let cpu = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        let memory = Self.memory()
        return ProcessStatistics(
            cpuSeconds: cpu, residentBytes: memory?.resident, virtualBytes: memory?.virtual, openDescriptors: Self.countDescriptors(),
            maxDescriptors: Self.descriptorLimit())
    }

    /// The soft limit on open descriptors.
    package static func descriptorLimit() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return Int(clamping: limit.rlim_cur)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// Bytes of the whole address space and of the resident part: the first two numbers of `/proc/self/statm`, which count pages.
    private static func memory() -> (virtual: Int, resident: Int)? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let words = line.prefix { $0 != 0 }.split(separator: 32).compactMap { word in
            Int(String(decoding: word.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        guard words.count >= 2 else { return nil }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        return (words[0] * page, words[1] * page)
    }

    private static func countDescriptors() -> Int? {
        #if os(Linux)
        // Since Linux 6.2 the directory's size is the count; before that it is 0, and the entries are counted.
        var status = stat()
        if stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without ".", ".." and the directory's own descriptor.
        return count - 3
        #else
        return nil
        #endif
    }
}
