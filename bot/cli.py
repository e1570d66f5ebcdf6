"""The one command of the project; each sub-command is a page of its own module."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_officer import officer
from bot.keyboard import FAULTY, Where, listed, listing_all, root_of, said_plainly, settings_of

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
app.add_typer(officer, name="officer")


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
    settings = settings_of(context, demo=demo, public_url=public, log_level="WARNING" if demo else "INFO", serves=True)
    with said_plainly(), listing_all(context):
        raise typer.Exit(serve(settings, host, port))


@app.command()
def worker(context: typer.Context) -> None:
    """Chạy riêng phần gửi tin, rung chuông và canh giờ (khi service.worker là separate)."""
    from bot.serve import work

    settings = settings_of(context, log_level="INFO", serves=True)
    with said_plainly(), listing_all(context):
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

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(
            talk_json(settings, sys.stdin.buffer, sys.stdout, record) if as_json else talk(settings, record)
        )


@app.command()
def triage(context: typer.Context) -> None:
    """Đọc JSON Lines {"id","text"} ở đầu vào chuẩn, in ra mức khẩn cấp và lý do của từng dòng."""
    from bot.sorting import sort_lines

    settings = settings_of(context)
    with said_plainly():
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

    settings = settings_of(context)
    if backend is not None:
        nlu = {**settings.service.get("nlu", {}), "backend": backend.value}
        settings = replace(settings, service={**settings.service, "nlu": nlu})
    with said_plainly():
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

    with said_plainly():
        raise typer.Exit(measure(settings_of(context), out=out, missed=missed))


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

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(draw(settings, out=out, check=check))


@app.command("try")
def try_flow(context: typer.Context, flow: Annotated[str, typer.Argument(help="Tên kịch bản, như report.")]) -> None:
    """Đi thử một kịch bản ngay tại đây, bên cạnh là vị trí, slot, mức, giờ chờ và việc máy làm; không ghi gì lại."""
    from bot.tryout import try_flow as walk

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(walk(settings, flow))


@app.command()
def check(context: typer.Context) -> None:
    """Kiểm tra cấu hình, từ điển, lời nói, kịch bản và thang báo động; in ra mọi lỗi cùng lúc, kèm tệp và dòng."""
    from bot.check import all_problems
    from bot.config import find_root
    from bot.progress import waiting

    root = root_of(context) or find_root()
    typer.echo(f"Xem thư mục {root}")  # in a folder without config.yml, that is the one that was installed
    with waiting("Đang xem cấu hình, từ điển, lời nói, kịch bản…"):
        problems = all_problems(root)
    listed(problems)
    if problems:
        typer.echo(f"{len(problems)} lỗi cần sửa.", err=True)
        raise typer.Exit(FAULTY)
    typer.echo("Cấu hình, từ điển, lời nói và kịch bản đều dùng được.")


@app.command()
def migrate(context: typer.Context) -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu."""
    from bot.app import open_store
    from bot.progress import waiting

    settings = settings_of(context)
    with said_plainly(), waiting("Đang tạo hoặc nâng cấp cơ sở dữ liệu…"):
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

    settings = settings_of(context, demo=True)
    with said_plainly():
        raise typer.Exit(play(settings, as_json=as_json, only=tuple(only or ())))


@app.command()
def doctor(context: typer.Context) -> None:
    """Khám máy: cơ sở dữ liệu, khóa, mô hình, kênh, lịch trực bảy ngày tới, ổ đĩa, đồng hồ."""
    from bot.doctor import examine

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(examine(settings))


def _host_in_url(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104  # everywhere: this machine reaches it here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


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
