"""The one command of the project; each sub-command is a page of its own module."""

from __future__ import annotations

import gc
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.config import ConfigProblems, Settings
    from bot.problems import Problem

FAULTY = 1  # what was asked for cannot be done, or a promise was not kept
GARBAGE_FROM = 100_000  # new objects between two looks for garbage: the data files are as many, and none is garbage
CRASHED = 70  # a fault of the program itself (EX_SOFTWARE)
app = typer.Typer(
    name="langnghe",
    help="Lắng Nghe: trợ lý trò chuyện bảo vệ trẻ em và điều phối tổng đài.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
officer = typer.Typer(help="Cán bộ trực: thêm, cho nghỉ, xem lịch trực.", no_args_is_help=True)
app.add_typer(officer, name="officer")


@dataclass
class Where:
    """Which installation the sub-command works on."""

    root: Path | None = None


@app.callback()
def common(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", help="Tệp config.yml (mặc định: ở thư mục này).")] = None,
) -> None:
    context.obj = Where(config.resolve().parent if config else None)


@app.command()
def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Cổng.", min=0, max=65535)] = 8111,
    demo: Annotated[
        bool, typer.Option("--demo", help="Bản chạy thử: đội trực bịa, điện thoại giả hiện trên màn hình.")
    ] = False,
) -> None:
    """Phục vụ trang trò chuyện, bàn làm việc của cán bộ và webhook của các kênh."""
    from bot.serve import serve

    public = f"http://{_host_in_url(host)}:{port}" if demo else None
    settings = _settings(context, demo=demo, public_url=public, log_level="WARNING" if demo else "INFO", serves=True)
    with _said_plainly(), _listing_all(context):
        raise typer.Exit(serve(settings, host, port))


@app.command()
def worker(context: typer.Context) -> None:
    """Chạy riêng phần gửi tin, rung chuông và canh giờ (khi service.worker là separate)."""
    from bot.serve import work

    settings = _settings(context, log_level="INFO", serves=True)
    with _said_plainly(), _listing_all(context):
        raise typer.Exit(work(settings))


@app.command()
def chat(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Đọc từng dòng ở đầu vào chuẩn, mỗi dòng in ra một dòng JSON.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option("--record", help="Ghi cuộc trò chuyện thành hội thoại vàng (YAML) vào tệp này.")
    ] = None,
) -> None:
    """Trò chuyện với bot ngay tại đây; dữ liệu bỏ đi khi thoát, không báo cho ai thật.

    Ngoài lời nhắn còn có: /wait 10m (cho thời gian trôi; 30s, 2h, 1d), /new (một người khác).
    """
    from bot.chat import talk, talk_json

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(
            talk_json(settings, sys.stdin.buffer, sys.stdout, record) if as_json else talk(settings, record)
        )


@app.command()
def triage(context: typer.Context) -> None:
    """Đọc JSON Lines {"id","text"} ở đầu vào chuẩn, in ra mức khẩn cấp và lý do của từng dòng."""
    from bot.sorting import sort_lines

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(sort_lines(settings, sys.stdin.buffer, sys.stdout))


class Backend(StrEnum):
    """The readers that `evaluate` can measure."""

    embedded = "embedded"
    rasa = "rasa"


@app.command()
def evaluate(
    context: typer.Context,
    gold: Annotated[list[Path] | None, typer.Option(help="Tệp tin nhắn đã gán nhãn (JSON Lines).")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Câu trả lời của một hệ thống khác, dạng như langnghe triage in ra.")
    ] = None,
    ordinary: Annotated[Path | None, typer.Option(help="Câu thường ngày, mỗi dòng một câu, để đo báo nhầm.")] = None,
    out: Annotated[Path | None, typer.Option(help="Thư mục ghi báo cáo (Markdown, JSON, SVG).")] = None,
    messages: Annotated[
        bool, typer.Option("--messages", help="In cả những tin bị sót và bị báo nhầm (mặc định: phần development).")
    ] = False,
    backend: Annotated[Backend | None, typer.Option(help="Máy đọc, thay cho service.nlu.backend.")] = None,
    thresholds: Annotated[
        bool, typer.Option("--thresholds", help="Chọn lại ngưỡng báo và hỏi cho transformer, ghi vào data/reader.")
    ] = False,
) -> None:
    """Đo máy đọc trên tin nhắn đã gán nhãn: bao nhiêu tin gấp được nghe, bao nhiêu tin thường bị báo nhầm."""
    from bot.evaluation.command import evaluate as measure
    from bot.evaluation.command import set_thresholds

    settings = _settings(context)
    if backend is not None:
        nlu = {**settings.service.get("nlu", {}), "backend": backend.value}
        settings = replace(settings, service={**settings.service, "nlu": nlu})
    with _said_plainly():
        if thresholds:
            raise typer.Exit(set_thresholds(settings, ordinary))
        raise typer.Exit(
            measure(settings, gold=gold or (), predictions=predictions, ordinary=ordinary, out=out, messages=messages)
        )


@app.command()
def guidance(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Ghi bảng các thẻ hiện có vào tệp Markdown này.")] = None,
    missed: Annotated[bool, typer.Option("--missed", help="In cả những câu hỏi không ra đúng thẻ.")] = False,
) -> None:
    """Đo xem hỏi bằng lời của mình thì có ra đúng thẻ hướng dẫn không; in bảng các thẻ hiện có."""
    from bot.evaluation.library import measure

    with _said_plainly():
        raise typer.Exit(measure(_settings(context), out=out, missed=missed))


@app.command()
def flows(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Thư mục ghi hình SVG và trang liệt kê (Markdown).")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Chỉ xem thư mục (mặc định docs/flows) có đúng với kịch bản hiện nay không.")
    ] = False,
) -> None:
    """Vẽ các kịch bản trò chuyện: in dạng Mermaid, hoặc ghi hình và trang liệt kê vào một thư mục."""
    from bot.flowchart import draw

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(draw(settings, out=out, check=check))


@app.command("try")
def try_flow(context: typer.Context, flow: Annotated[str, typer.Argument(help="Tên kịch bản, như report.")]) -> None:
    """Đi thử một kịch bản ngay tại đây, bên cạnh là vị trí, slot, mức, giờ chờ và việc máy làm; không ghi gì lại."""
    from bot.tryout import try_flow as walk

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(walk(settings, flow))


@app.command()
def check(context: typer.Context) -> None:
    """Kiểm tra cấu hình, từ điển, lời nói, kịch bản và thang báo động; in ra mọi lỗi cùng lúc, kèm tệp và dòng."""
    from bot.check import all_problems
    from bot.progress import waiting

    with waiting("Đang xem cấu hình, từ điển, lời nói, kịch bản…"):
        problems = all_problems(_root(context))
    _list(problems)
    if problems:
        typer.echo(f"{len(problems)} lỗi cần sửa.", err=True)
        raise typer.Exit(FAULTY)
    typer.echo("Cấu hình, từ điển, lời nói và kịch bản đều dùng được.")


@app.command()
def migrate(context: typer.Context) -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu."""
    from bot.app import open_store
    from bot.progress import waiting

    settings = _settings(context)
    with _said_plainly(), waiting("Đang tạo hoặc nâng cấp cơ sở dữ liệu…"):
        database, _ = open_store(settings)
        database.migrate()
        database.close()
    typer.echo("Cơ sở dữ liệu đã đúng phiên bản.")


@app.command()
def drill(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Chỉ diễn kịch bản có tên này.")] = None,
) -> None:
    """Diễn tập: các đêm trực có kịch bản, qua webhook thật và nhà mạng giả, trên đồng hồ tua nhanh."""
    from bot.drill import drill as play

    settings = _settings(context, demo=True)
    with _said_plainly():
        raise typer.Exit(play(settings, as_json=as_json, only=tuple(only or ())))


@app.command()
def doctor(context: typer.Context) -> None:
    """Khám máy: cơ sở dữ liệu, khóa, mô hình, kênh, lịch trực bảy ngày tới, ổ đĩa, đồng hồ."""
    from bot.doctor import examine

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(examine(settings))


@officer.command("add")
def officer_add(
    context: typer.Context,
    login: Annotated[str, typer.Argument(help="Tên đăng nhập: chữ thường, số, dấu chấm, gạch.")],
    name: Annotated[str, typer.Option(help="Họ tên.")],
    phone: Annotated[list[str], typer.Option(help="Số điện thoại để báo (gọi và nhắn tin); ghi được nhiều lần.")],
    supervisor: Annotated[bool, typer.Option("--supervisor", help="Là người phụ trách.")] = False,
    locality: Annotated[list[str] | None, typer.Option(help="Mã xã, phường; không ghi là cả thành phố.")] = None,
) -> None:
    """Thêm một cán bộ; in mật khẩu và mã TOTP đúng một lần."""
    from bot.officers import add

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(add(settings, login, name, phone, supervisor=supervisor, localities=locality or []))


@officer.command("disable")
def officer_disable(context: typer.Context, login: Annotated[str, typer.Argument(help="Tên đăng nhập.")]) -> None:
    """Cho một cán bộ thôi trực: không đăng nhập được, không được báo nữa."""
    from bot.officers import disable

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(disable(settings, login))


@officer.command("list")
def officer_list(context: typer.Context) -> None:
    """Liệt kê cán bộ (không in số điện thoại)."""
    from bot.officers import show

    settings = _settings(context)
    with _said_plainly():
        raise typer.Exit(show(settings))


@officer.command("rota")
def officer_rota(
    context: typer.Context,
    days: Annotated[int, typer.Option(help="Xem bao nhiêu ngày tới.", min=1, max=62)] = 7,
    name: Annotated[str | None, typer.Option(help="Tên ca trực cần đặt.")] = None,
    kind: Annotated[str, typer.Option(help="locality, city hoặc supervisor.")] = "city",
    members: Annotated[list[str] | None, typer.Option("--member", help="Cán bộ theo thứ tự thay ca.")] = None,
    locality: Annotated[list[str] | None, typer.Option(help="Mã xã, phường (khi kind là locality).")] = None,
    hours: Annotated[int, typer.Option(help="Mỗi ca dài bao nhiêu giờ.", min=1, max=336)] = 24,
) -> None:
    """Xem lịch trực và chỗ trống; kèm --name và --member thì đặt (hoặc thay) một ca trực."""
    from bot.officers import rota, set_rotation

    settings = _settings(context)
    with _said_plainly():
        if name:
            code = set_rotation(
                settings, name, kind=kind, members=members or [], localities=locality or [], hours=hours
            )
            if code:
                raise typer.Exit(code)
        raise typer.Exit(rota(settings, days))


def _root(context: typer.Context) -> Path | None:
    where: Where = context.obj
    return where.root


def _settings(
    context: typer.Context,
    *,
    demo: bool = False,
    public_url: str | None = None,
    log_level: str = "ERROR",
    serves: bool = False,
) -> Settings:
    """The settings, or every problem on stderr and exit code 1; of what `serves`, those of the data too."""
    from bot import config, logs

    logs.configure(level=log_level)
    try:
        return config.load(_root(context), demo=demo, public_url=public_url)
    except config.ConfigProblems as error:
        _list(_everything(context, error) if serves else error.problems)
        typer.echo("Chưa khởi động: hãy sửa các lỗi trên (xem thêm: langnghe check).", err=True)
        raise typer.Exit(FAULTY) from None


def _everything(context: typer.Context, error: ConfigProblems) -> tuple[Problem, ...]:
    from bot.check import all_problems

    return tuple(sorted({*error.problems, *all_problems(_root(context))}))


def _list(problems: Iterable[Problem]) -> None:
    for problem in problems:
        typer.echo(str(problem), err=True)


def _host_in_url(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104  # everywhere: this machine reaches it here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@contextmanager
def _listing_all(context: typer.Context) -> Iterator[None]:
    """A fault of flows, words or lexicon that stops the start is told with all others, as `langnghe check` would."""
    try:
        yield
    except Exception as error:
        if not getattr(error, "problems", None):
            raise
        from bot.check import all_problems

        found = all_problems(_root(context))
        if not found:
            raise
        _list(found)
        typer.echo("Chưa khởi động: hãy sửa các lỗi trên (xem thêm: langnghe check).", err=True)
        raise typer.Exit(FAULTY) from None


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Faults that a person at the keyboard can mend are said in a line; others keep their trace, without messages."""
    from bot.faults import say

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing more can be said
        raise typer.Exit(0) from None
    except Exception as error:
        said = say(error)
        if said is None:
            raise
        typer.echo(said, err=True)
        raise typer.Exit(FAULTY) from None


def main() -> None:
    """Entry point of the command `langnghe`. A fault of the program leaves its class and place, never its message."""
    _utf8()
    gc.set_threshold(GARBAGE_FROM, 20, 20)
    try:
        app()
    except Exception as error:
        from bot.logs import failure_fields

        sys.stderr.write(json.dumps({"event": "crashed", **failure_fields(error)}) + "\n")
        sys.exit(CRASHED)


def _utf8() -> None:
    # a bare machine's locale may be C; Vietnamese must come through all the same
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
