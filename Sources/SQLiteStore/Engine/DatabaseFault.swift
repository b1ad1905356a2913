import CSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why the database did not do what it was asked to.
struct DatabaseFault: Error, Equatable {
    enum Kind: Equatable {
        case diskFull, quota, fileTooLarge, readOnly, unreadable, damaged, locked, memory, moved, other
    }

    let kind: Kind
    /// What is wrong: it follows the file's name and a colon.
    let what: String
    let advice: String
}

extension DatabaseFault {
    /// - Parameter detail: What SQLite, or the system, says of it.
    init(_ kind: Kind, _ detail: String = "") {
        self.kind = kind
        let tail = detail.isEmpty ? "" : " (\(detail))"
        (self.what, self.advice) =
            switch kind {
            case .diskFull: ("the disk is full", "free space on it")
            case .quota: ("the quota on disk space is used up", "free space, or raise the quota")
            case .fileTooLarge: ("may not grow further: there is a limit on the size of files", "raise it (ulimit -f, LimitFSIZE)")
            case .readOnly: ("may not be written\(tail)", "let the server's user write the file and its directory")
            case .unreadable: ("cannot be read or written\(tail)", "look at the disk and at the system's log, then start the server anew")
            case .damaged: ("is damaged\(tail)", "look at it with `nt-backend-wrtc store check`; move it away to begin with an empty store")
            case .locked: ("another program has it locked", "end that program")
            case .memory: ("there is not enough memory", "free some")
            case .moved: ("was moved or deleted while it was open", "put it back, or start the server anew to begin with an empty store")
            case .other: ("SQLite refuses\(tail)", "look at it with `nt-backend-wrtc store check`")
            }
    }

    /// What SQLite says of a call that failed.
    init(code: Int32, system: Int32, message: String) {
        switch (code & 0xff, system) {
        case (csq_full, _), (csq_ioerr, ENOSPC), (csq_cantopen, ENOSPC): self.init(.diskFull)
        case (csq_ioerr, EDQUOT), (csq_cantopen, EDQUOT): self.init(.quota)
        case (csq_ioerr, EFBIG): self.init(.fileTooLarge)
        case (csq_readonly, _), (csq_perm, _): self.init(.readOnly)
        case (csq_ioerr, EROFS), (csq_ioerr, EACCES), (csq_cantopen, EROFS), (csq_cantopen, EACCES), (csq_cantopen, EPERM):
            self.init(.readOnly, Self.text(of: system))
        case (csq_ioerr, _), (csq_cantopen, _): self.init(.unreadable, system == 0 ? message : Self.text(of: system))
        // The first is what comes of tables that are not those of the format.
        case (csq_error, _), (csq_corrupt, _), (csq_notadb, _): self.init(.damaged, message)
        case (csq_busy, _), (csq_locked, _): self.init(.locked)
        case (csq_nomem, _): self.init(.memory)
        default: self.init(.other, message)
        }
    }

    static func text(of systemError: Int32) -> String { String(cString: strerror(systemError)) }
}
