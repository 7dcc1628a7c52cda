"""What the workers that are connected to a broker say about their tools."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from clm.backends.remote import Tools, UsageError
from clm_plugin_rabbitmq.bodies import BodyError
from clm_plugin_rabbitmq.build.link import Link
from clm_plugin_rabbitmq.messages import control, opened

_FIRST_SECONDS = 1.5
_OTHERS_SECONDS = 0.2


async def ask_tools(link: Link, job_type: str, names: Sequence[str]) -> list[Tools]:
    """The tools of all workers that answer soon."""
    question = uuid.uuid4().hex
    fields = {"question": question, "job_type": job_type, "names": list(names)}
    link.ask_workers(lambda reply_to: control("tools", reply_to=reply_to, **fields))
    answers: list[Tools] = []
    until = time.monotonic() + _FIRST_SECONDS
    while (seconds := until - time.monotonic()) > 0:
        message = await link.next_message(seconds)
        if message is None:
            continue
        try:
            kind, body = opened(message)
        except BodyError:
            kind, body = "", None
        if kind == "tools" and body is not None and body.header.get("token") == question:
            answers += _tools_in(body.header, names)
            until = min(until, time.monotonic() + _OTHERS_SECONDS)
        await link.acknowledge(message)
    return answers


def chosen(answers: Sequence[Tools], own: Tools) -> Tools | None:
    """The tools to use: those of this machine if any worker has them, else of the most workers."""
    if not answers or own in answers:
        return own if answers else None
    counts = Counter(map(_text, answers))
    best = min(counts, key=lambda text: (-counts[text], text))
    found = next(tools for tools in answers if _text(tools) == best)
    if found.payload_version < own.payload_version:
        raise UsageError(
            "the workers have an older plugin: it reads payloads up to version "
            f"{found.payload_version}, this build's have {own.payload_version}",
            hint="install the same version of the plugin on all machines",
        )
    return found


def _text(tools: Tools) -> str:
    return f"{tools.fingerprint} {sorted(tools.environment.items())} {tools.payload_version}"


def _tools_in(header: Mapping[str, Any], names: Sequence[str]) -> list[Tools]:
    """The tools in an answer; none in one that is nonsense."""
    environment, version = header.get("environment"), header.get("payload_version")
    if not isinstance(environment, dict) or not isinstance(version, int):
        return []
    if set(environment) != set(names):
        return []
    values = {str(name): str(value) for name, value in environment.items()}
    return [Tools(str(header.get("fingerprint")), values, version)]
