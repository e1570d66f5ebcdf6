"""The sub-commands of `langnghe officer`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.keyboard import said_plainly, settings_of

officer = typer.Typer(help="Cán bộ trực: thêm, cho nghỉ, xem lịch trực.", no_args_is_help=True)


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

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(add(settings, login, name, phone, supervisor=supervisor, localities=locality or []))


@officer.command("disable")
def officer_disable(context: typer.Context, login: Annotated[str, typer.Argument(help="Tên đăng nhập.")]) -> None:
    """Cho một cán bộ thôi trực: không đăng nhập được, không được báo nữa."""
    from bot.officers import disable

    settings = settings_of(context)
    with said_plainly():
        raise typer.Exit(disable(settings, login))


@officer.command("list")
def officer_list(context: typer.Context) -> None:
    """Liệt kê cán bộ (không in số điện thoại)."""
    from bot.officers import show

    settings = settings_of(context)
    with said_plainly():
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

    settings = settings_of(context)
    with said_plainly():
        if name:
            code = set_rotation(
                settings, name, kind=kind, members=members or [], localities=locality or [], hours=hours
            )
            if code:
                raise typer.Exit(code)
        raise typer.Exit(rota(settings, days))
