"""Faults that the person at the keyboard can mend, each in one Vietnamese line; anything else is not theirs to read."""

from __future__ import annotations

import errno


def say(error: BaseException) -> str | None:
    """What to tell of `error`, or None when it is a fault of the program itself."""
    from bot.config import ConfigProblems
    from bot.store.database import StoreBusy, StoreFull
    from bot.store.vault import KeyFileProblem

    match error:
        case ConfigProblems():
            return "\n".join(map(str, error.problems))
        case StoreFull():
            return "Ổ đĩa của cơ sở dữ liệu đã đầy: không có gì được ghi."
        case StoreBusy():
            return "Cơ sở dữ liệu đang bận, bị khóa hoặc không liên lạc được; hãy thử lại."
        case KeyFileProblem():
            return f"Tệp khóa không dùng được: {error.path.name}. Xem quyền (chmod 600) và bản sao lưu của khóa."
        case OSError():
            return _system(error)
        case _:
            return _by_name(error)


def _system(error: OSError) -> str | None:
    match error.errno:
        case errno.EADDRINUSE:
            return "Cổng này đang có chương trình khác dùng: chọn cổng khác bằng --port."
        case errno.EADDRNOTAVAIL | errno.EACCES if error.filename is None:
            return "Không mở được địa chỉ hoặc cổng này."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"Không có quyền ghi hoặc đọc: {error.filename}"
        case errno.ENOSPC:
            return "Ổ đĩa đã đầy."
        case _:
            return None


def _by_name(error: BaseException) -> str | None:
    # these carry a list of problems; naming their classes here would load every reader for every command
    problems = getattr(error, "problems", None)
    if isinstance(problems, tuple | list) and problems:
        return "\n".join(_line(problem) for problem in problems)
    if type(error).__name__ == "Unusable":
        return f"Bộ đọc transformer không dùng được: {error}"
    return None


def _line(problem: object) -> str:
    if isinstance(problem, tuple) and len(problem) == 3:
        file, line, message = problem
        return f"{file}:{line}: {message}"
    return str(problem)
