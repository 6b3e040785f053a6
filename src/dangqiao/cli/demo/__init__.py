"""`dangqiao demo`: four nodes on this machine and whole requests between them."""

import signal
import sys
import threading
import time
from pathlib import Path

import click

from dangqiao.cli.demo import bridge, making, nodes, playing
from dangqiao.core.vocabulary.suites import SUITES


@click.command()
@click.option("--once", is_flag=True, help="Play and stop, with exit code 0 only if every step went well.")
@click.option("--save", "target", type=click.Path(file_okay=False, path_type=Path), help="Write the documents here.")
@click.option("--clean", is_flag=True, help="Remove the demo's folder and stop.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True,
    help="Where the four nodes live.",
)  # fmt: skip
@click.option(
    "--suite", type=click.Choice(list(SUITES)), default="intl", show_default=True,
    help="Algorithms of messages and evidence, at the first start.",
)  # fmt: skip
@click.option("--entries", default=making.ENTRIES, show_default=True, help="Sample entries a node, at the first start.")
def demo(once: bool, target: Path | None, clean: bool, folder: Path, suite: str, entries: int) -> None:
    """Start four nodes (Shanghai, Jiangsu, Zhejiang, Anhui) and play whole requests through their public pages."""
    folder = folder.resolve()
    for name in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:  # nohup
            signal.signal(name, lambda *_: sys.exit(1))  # the exception ends what was started, as Ctrl-C does
    with nodes.claimed(folder):
        if clean:
            nodes.clean(folder)
            click.echo(f"{folder}: removed")
        else:
            _show(folder, once, target, entries, suite)


def _show(folder: Path, once: bool, target: Path | None, entries: int, suite: str) -> None:
    began = time.monotonic()

    def tell(chinese: str, english: str) -> None:
        click.echo(f"{time.monotonic() - began:6.1f} s  {chinese}\n          {english}")

    members = nodes.nodes(folder)
    tell("准备四个节点（首次约一分钟）", "preparing four nodes (about a minute the first time)")
    making.make(members, entries, suite, tell)
    zhejiang = next(node for node in members if node.platform == bridge.PLATFORM)
    with bridge.running(zhejiang), nodes.running(members) as started:
        tell("四个节点已启动", "the four nodes are running")
        tell(
            f"浙江另有一个模拟的原有平台（{bridge.TITLE}：独立进程、自有字段和代码、GB18030），由 REST 连接器接入",
            "Zhejiang also has a simulated older platform: its own process, words, codes and GB18030, by a connector",
        )
        obtained = playing.play(members, tell)
        if target:
            playing.save(target, obtained, members[0])
            tell(f"文件已存入 {target}", f"documents written to {target}")
        if once:
            return
        click.echo(_addresses(members))
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.wait(1) and all(process.poll() is None for process in started.values()):
            pass
    click.echo("已全部停止 · all stopped")


NAMES = {"310000": "上海 Shanghai", "320000": "江苏 Jiangsu", "330000": "浙江 Zhejiang", "340000": "安徽 Anhui"}


def _addresses(members: list[nodes.DemoNode]) -> str:
    someone = playing.people(members[0])["handler"]
    lines = ["", "可以打开以下地址（按 Ctrl-C 停止） · open these (Ctrl-C stops):", ""]
    lines += [f"  {NAMES[node.platform]:14} {node.url}" for node in members]
    lines += [
        "",
        "  /               市民查档：任意手机号，验证码显示在页面上 · citizens: any mobile number",
        f"                  实名 · real name: {someone['name']} {someone['identity_number']}",
        "  /accounts/staff/ 工作人员 · staff: clerk, handler, reviewer, signatory",
        f"                  密码 · password: {making.PASSWORD}",
        "  /verify/        文件核验，无需登录 · verification, no log-in",
        "",
    ]
    return "\n".join(lines)
