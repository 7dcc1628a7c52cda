"""`clm completion`: shell completion scripts."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from clm.cli.options import common_options

_SHELLS = ("bash", "fish", "zsh")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@common_options
@click.pass_context
def completion(context: click.Context, /, shell: str) -> None:
    """Print a shell completion script.

    It completes commands, options, course specs and topics. To install it, run:

    \b
    bash:  clm completion bash > ~/.local/share/bash-completion/completions/clm
    zsh:   clm completion zsh > DIR/_clm  (DIR is a folder in $fpath)
    fish:  clm completion fish > ~/.config/fish/completions/clm.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    # Not its method `source`, which starts the shell to determine its version.
    script = kind(context.find_root().command, {}, "clm", "_CLM_COMPLETE")
    click.echo(script.source_template % script.source_vars())
