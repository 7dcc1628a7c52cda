"""Hooks of the plugin."""

from __future__ import annotations

from clm import BackendOption, BackendType, hookimpl

clm_api_version = 1

BACKEND = "rabbitmq"


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            BACKEND,
            "workers on any number of machines, through RabbitMQ",
            "clm_plugin_rabbitmq.backend:RabbitmqBackend",
            dead_jobs="clm_plugin_rabbitmq.dead_letters:dead_jobs",
            discard_dead_jobs="clm_plugin_rabbitmq.dead_letters:discard",
            workers="clm_plugin_rabbitmq.host.serving:serve_workers",
            options=(
                BackendOption(
                    "broker",
                    "Use this RabbitMQ broker, by default that of CLM_BROKER.",
                    metavar="URL",
                ),
            ),
            deprecated_flags=("--use-rabbitmq",),
        )
    ]
