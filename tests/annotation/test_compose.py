"""The compose file: no default secrets, no open port, no image without a version."""

import re
from pathlib import Path

import yaml

DOCKER = Path(__file__).parent.parent.parent / "docker"


def test_compose_is_closed_and_pinned() -> None:
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    for service in services.values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert [name for name, service in services.items() if "ports" in service] == ["argilla"]
    used = set(re.findall(r"\$\{(\w+):\?", text))
    assert used == set(re.findall(r"\$\{(\w+)", text))  # each is required
    example = (DOCKER / "example.env").read_text("utf-8")
    given = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert set(given) == used
    assert [name for name, value in given.items() if value] == ["ARGILLA_USERNAME"]
