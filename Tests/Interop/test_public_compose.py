"""compose.public.yaml, as far as it can be held to account without an engine: its services, files and settings fit together."""

import re
import subprocess
from pathlib import Path
from typing import Any

from compose_files import resolved
from recipes import Recipe
from server_process import REPOSITORY, binary, clean_environment
from sites import SITES

DOMAIN = "signaling.example.org"


def services() -> dict[str, dict[str, Any]]:
    return resolved("compose.public.yaml", DOMAIN=DOMAIN)["services"]


def settings_in_force(folder: Path, *added: str) -> subprocess.CompletedProcess[str]:
    """What the server says of the settings that it is given, with its files in their places on this machine."""
    server = services()["nt-backend-wrtc"]
    secret, settings = folder / "turn-secret", folder / "settings.env"
    secret.write_text("00112233\n")
    settings.write_text("\n".join([(REPOSITORY / "deploy" / "public" / "signaling.env").read_text(), *added]))
    assert f"{REPOSITORY}/deploy/public/signaling.env:{server['environment']['CONFIG_FILE']}:ro" in server["volumes"]
    assert server["environment"]["TURN_SECRET_FILE"] == "/run/secrets/turn-secret" and server["secrets"] == [{"source": "turn-secret"}]
    environment = {**server["environment"], "CONFIG_FILE": str(settings), "TURN_SECRET_FILE": str(secret)}
    return subprocess.run([binary(), "config"], env=clean_environment(**environment), capture_output=True, text=True, timeout=20)


def test_the_server_takes_its_settings(tmp_path: Path) -> None:
    run = settings_in_force(tmp_path)
    assert run.returncode == 0, run.stderr
    lines = [line.strip() for line in run.stdout.splitlines() if line.strip()]
    in_force = {name: value for name, value, _ in (re.split(r" {2,}", line) for line in lines)}
    assert in_force["DEV"] == "false" and in_force["ALLOWED_HOSTS"] == DOMAIN
    assert in_force["STORE"] == "sqlite:///var/lib/nt-backend-wrtc/state.db"
    # What the compose file sets goes before the file of settings, so none may be in both.
    in_file = re.findall(r"^(\w+)=", (REPOSITORY / "deploy" / "public" / "signaling.env").read_text(), re.MULTILINE)
    set_here = services()["nt-backend-wrtc"]["environment"].keys()
    assert in_file and not set_here & set(in_file)
    text = (REPOSITORY / "deploy" / "public" / "signaling.env").read_text()
    assert all(name in text for name in set_here - {"CONFIG_FILE"}), "the file of settings does not say what is set elsewhere"


def test_a_misspelt_setting_keeps_the_server_from_starting(tmp_path: Path) -> None:
    run = settings_in_force(tmp_path, "HARTBEAT=5s")
    assert run.returncode != 0 and 'there is no setting "HARTBEAT"' in run.stderr


def test_nothing_starts_without_a_name(tmp_path: Path) -> None:
    nothing = tmp_path / "env"
    nothing.touch()
    command = ["docker-compose", "-f", "compose.public.yaml", "--env-file", str(nothing), "config"]
    run = subprocess.run(command, cwd=REPOSITORY, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and "DOMAIN" in run.stderr


def test_caddy_leads_to_the_server_and_is_believed() -> None:
    found = services()
    caddy, server = found["caddy"], found["nt-backend-wrtc"]
    file = REPOSITORY / SITES["caddy"].file
    assert f"{file}:/etc/caddy/Caddyfile:ro" in caddy["volumes"]
    # The file's own placeholders are those that it is given.
    assert set(re.findall(r"\{\$(\w+)", file.read_text())) == caddy["environment"].keys()
    assert caddy["environment"] == {"SITE": DOMAIN, "UPSTREAM": "nt-backend-wrtc:1234"}
    assert server["environment"]["TRUSTED_PROXIES"] == f"{caddy['networks']['public']['ipv4_address']}/32"
    assert server["networks"].keys() == caddy["networks"].keys()
    # Beside Caddy's, nothing of the server's own is open to others.
    (port,) = server["ports"]
    assert "127.0.0.1" in (port if isinstance(port, str) else port["host_ip"])


def test_caddy_takes_the_file_with_these_values() -> None:
    caddy = Recipe("caddy", SITES["caddy"].file, {}, ()).path()
    environment = clean_environment(**services()["caddy"]["environment"])
    command = [caddy, "adapt", "--adapter", "caddyfile", "--config", SITES["caddy"].file]
    run = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    assert f'"{DOMAIN}"' in run.stdout and '"nt-backend-wrtc:1234"' in run.stdout


def test_coturn_has_the_secret_the_certificate_and_the_ports_that_clients_are_told() -> None:
    found = services()
    coturn, server = found["coturn"], found["nt-backend-wrtc"]
    name, secret, certificates, *options = coturn["command"]
    assert (name, secret) == (DOMAIN, server["environment"]["TURN_SECRET_FILE"]) and coturn["secrets"] == server["secrets"]
    assert f"certificates:{certificates}:ro" in coturn["volumes"] and "certificates:/data:rw" in found["caddy"]["volumes"]
    (tls,) = [option.partition("=")[2] for option in options]
    assert options == [f"--tls-listening-port={tls}"]
    expected = f"turn:{DOMAIN}:3478,turn:{DOMAIN}:3478?transport=tcp,turns:{DOMAIN}:{tls}?transport=tcp"
    assert server["environment"]["TURN_URLS"] == expected


def test_services_run_as_those_of_the_other_files_do() -> None:
    found = services()
    one = resolved("compose.yaml")["services"]["nt-backend-wrtc"]
    own = {"environment", "ports", "volumes", "secrets", "networks"}
    assert {part: value for part, value in found["nt-backend-wrtc"].items() if part not in own} == {
        part: value for part, value in one.items() if part not in own
    }
    for name, service in found.items():
        assert service["cap_drop"] == ["ALL"] and service["read_only"] is True, name
        assert service["healthcheck"]["test"][0] == "CMD" and service["restart"] == "unless-stopped", name
        assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}, name
