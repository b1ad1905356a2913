"""The Helm chart, rendered by Helm itself: what Kubernetes and the server are given, and what the chart refuses."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_fields import faults_of
from server_process import REPOSITORY, binary, clean_environment

# There is no wheel for every machine.
helm = pytest.importorskip("helm_python")

CHART = REPOSITORY / "deploy" / "helm" / "nt-backend-wrtc"
SHARED = {"replicas": 3, "settings": {"STORE": "valkey://valkey:6379/0?prefix=nt", "TRUSTED_PROXIES": "10.0.0.0/8"}}
EVERYTHING = SHARED | {
    "ingress": {"enabled": True, "host": "signaling.example.org", "className": "nginx", "tlsSecret": "tls", "annotations": {"a": "b"}},
    "stun": {"enabled": True, "annotations": {"a": "b"}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "image": {"repository": "registry.example.org/signaling", "tag": "1.2", "pullSecrets": ["registry"]},
    "secretFiles": "files",
    "secretSettings": {"TOKEN_KEY": {"secret": "signaling", "key": "token-key"}},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"operator": "Exists"}],
    "podAnnotations": {"a": "b"},
    "podLabels": {"a": "b"},
    "service": {"annotations": {"a": "b"}},
}
FILE = {"settings": {"STORE": "sqlite:///var/lib/nt-backend-wrtc/state.db"}, "volumeClaim": "state"}
EACH = pytest.mark.parametrize("values", [{}, SHARED, EVERYTHING, FILE], ids=["defaults", "shared", "everything", "file"])


def manifests(values: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """By kind and name. Values are held to the schema too, as `helm install` does."""
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        rendered = chart.render(values, name="rel", namespace="there")
    texts = [text for file, text in rendered.items() if file.endswith(".yaml")]
    found = [manifest for text in texts for manifest in yaml.safe_load_all(text) if manifest]
    return {(manifest["kind"], manifest["metadata"]["name"].removeprefix("rel-nt-backend-wrtc")): manifest for manifest in found}


def container(values: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(values)["containers"]
    return only


def pod(values: dict[str, Any]) -> dict[str, Any]:
    return manifests(values)["Deployment", ""]["spec"]["template"]["spec"]


def settings_in_force(values: dict[str, Any], folder: Path) -> dict[str, str]:
    """What the server makes of the file that it is given: the value of each setting."""
    run = config(manifests(values)["ConfigMap", ""]["data"]["settings.env"], folder)
    assert run.returncode == 0, run.stderr
    return of_each(run.stdout)


def of_each(output: str) -> dict[str, str]:
    """The values that `config` has printed, without the column that tells where each came from."""
    return {name: value for name, value, _ in (re.split(r" {2,}", line.strip()) for line in output.splitlines() if line.strip())}


def config(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "settings.env"
    file.write_text(text)
    environment = clean_environment(CONFIG_FILE=str(file))
    return subprocess.run([binary(), "config"], env=environment, capture_output=True, text=True, timeout=20)


def test_helm_finds_nothing_to_say_against_it() -> None:
    report = helm.lint(str(CHART), EVERYTHING, strict=True)
    assert report["errors"] == []
    # 1 is a recommendation: an icon.
    assert [message for message in report["messages"] if message["severity"] > 1] == []


@EACH
def test_kubernetes_knows_every_field(values: dict[str, Any]) -> None:
    found = manifests(values)
    # The Prometheus operator's, which Kubernetes itself knows nothing of.
    monitor = found.pop(("ServiceMonitor", ""), None)
    assert (monitor is not None) == ("serviceMonitor" in values)
    assert [fault for manifest in found.values() for fault in faults_of(manifest)] == []


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    deployment = manifests({})["Deployment", ""]
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    deployment["spec"]["replicas"] = "1"
    assert len(faults_of(deployment)) == 2


@EACH
def test_selectors_find_the_pods_and_ports_are_theirs(values: dict[str, Any]) -> None:
    found = manifests(values)
    template = found["Deployment", ""]["spec"]["template"]
    labels = template["metadata"]["labels"].items()
    ports = {port["name"]: port for port in container(values)["ports"]}
    services = {name: manifest for (kind, name), manifest in found.items() if kind == "Service"}
    assert services.keys() == {"", "-ops"} | ({"-stun"} if "stun" in values else set())
    for service in services.values():
        assert service["spec"]["selector"].items() <= labels
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]].get("protocol", "TCP") == port.get("protocol", "TCP")
    for kind in ("Deployment", "PodDisruptionBudget"):
        if (kind, "") in found:
            assert found[kind, ""]["spec"]["selector"]["matchLabels"].items() <= labels
    if monitor := found.get(("ServiceMonitor", "")):
        assert monitor["spec"]["selector"]["matchLabels"].items() <= services["-ops"]["metadata"]["labels"].items()
        assert not monitor["spec"]["selector"]["matchLabels"].items() <= services[""]["metadata"]["labels"].items()
    mounts = {mount["name"] for mount in container(values)["volumeMounts"]}
    assert mounts == {volume["name"] for volume in template["spec"]["volumes"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        path = "/readyz" if probe == "readinessProbe" else "/healthz"
        assert container(values)[probe]["httpGet"] == {"path": path, "port": "operations"}


@EACH
def test_the_server_takes_its_settings(values: dict[str, Any], tmp_path: Path) -> None:
    in_force = settings_in_force(values, tmp_path)
    ports = {port["name"]: port["containerPort"] for port in container(values)["ports"]}
    # The rest is the server's default.
    assert in_force["PORT"] == str(ports["http"])
    assert in_force["METRICS_ADDRESS"] == f"0.0.0.0:{ports['operations']}"
    assert in_force["STUN_PORT"] == str(ports.get("stun", 0))
    assert in_force["DEV"] == "false"


def test_values_arrive_as_they_were_written(tmp_path: Path) -> None:
    servers = '[{"urls":["turn:turn.example.org:3478"],"username":"a #b","credential":"c"}]'
    in_force = settings_in_force({"settings": {"STORED_BYTES_MAX": 1073741824, "DEMO": True, "ICE_SERVERS": servers}}, tmp_path)
    assert (in_force["STORED_BYTES_MAX"], in_force["DEMO"]) == ("1073741824", "true")
    assert in_force["ICE_SERVERS"] == in_force_by_variable("ICE_SERVERS", servers)


def in_force_by_variable(name: str, value: str) -> str:
    """The same without a file."""
    run = subprocess.run([binary(), "config"], env=clean_environment(**{name: value}), capture_output=True, text=True, timeout=20)
    return of_each(run.stdout)[name]


def test_the_server_refuses_a_misspelt_setting(tmp_path: Path) -> None:
    run = config(manifests({"settings": {"HARTBEAT": "20s"}})["ConfigMap", ""]["data"]["settings.env"], tmp_path)
    assert run.returncode != 0 and 'there is no setting "HARTBEAT"' in run.stderr


def test_pods_have_as_little_as_they_need() -> None:
    it, spec = container({}), pod({})
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    user = next(line.split()[1] for line in (REPOSITORY / "Dockerfile").read_text().splitlines() if line.startswith("USER "))
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == user
    assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
    expected = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert it["securityContext"] == expected
    assert it["resources"]["limits"]["memory"]


def test_a_pod_is_given_the_time_that_it_takes_to_end(tmp_path: Path) -> None:
    for delay, grace in ((5, 10), (30, 600)):
        values = {"shutdown": {"delaySeconds": delay, "graceSeconds": grace}}
        assert container(values)["lifecycle"]["preStop"]["sleep"]["seconds"] == delay
        in_force = settings_in_force(values, tmp_path)
        assert in_force["SHUTDOWN_GRACE"] == {10: "10s", 600: "10m"}[grace]
        assert pod(values)["terminationGracePeriodSeconds"] > delay + grace


def test_pods_that_share_a_store_know_their_own_addresses() -> None:
    by_secret = {"secretSettings": {"STORE": {"secret": "signaling", "key": "store"}}, "settings": {"TRUSTED_PROXIES": "10.0.0.0/8"}}
    for values in (SHARED, by_secret | {"replicas": 2}):
        variables = {variable["name"]: variable for variable in container(values)["env"]}
        assert variables["POD_IP"]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
        port = next(port["containerPort"] for port in container(values)["ports"] if port["name"] == "http")
        assert variables["NODE_ADDRESS"]["value"] == f"http://$(POD_IP):{port}"
        # Kubernetes fills in what it has read before.
        assert list(variables).index("POD_IP") < list(variables).index("NODE_ADDRESS")
    assert "NODE_ADDRESS" not in {variable["name"] for variable in container({})["env"]}


def test_what_is_there_for_several_alone() -> None:
    assert ("PodDisruptionBudget", "") not in manifests({}) and ("PodDisruptionBudget", "") in manifests(SHARED)
    assert manifests(FILE)["Deployment", ""]["spec"]["strategy"] == {"type": "Recreate"}
    assert manifests(SHARED)["Deployment", ""]["spec"]["strategy"]["type"] == "RollingUpdate"


def test_pods_are_replaced_when_a_setting_changes() -> None:
    checksums = [
        manifests({"settings": {"HEARTBEAT": heartbeat}})["Deployment", ""]["spec"]["template"]["metadata"]["annotations"]
        for heartbeat in ("20s", "21s")
    ]
    assert checksums[0] != checksums[1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 2}, "replicas is more than 1, and they share nothing: set settings.STORE"),
        (FILE | {"replicas": 2}, "replicas is more than 1"),
        ({"settings": FILE["settings"]}, "set volumeClaim"),
        ({"replicas": 2, "settings": {"STORE": "rediss://h:1"}}, "settings.TRUSTED_PROXIES is missing"),
        ({"ingress": {"enabled": True, "host": "a"}}, "settings.TRUSTED_PROXIES is missing"),
        ({"ingress": {"enabled": True}, "settings": SHARED["settings"]}, "ingress.host is missing"),
        ({"settings": {"SHUTDOWN_GRACE": "20s"}}, "set shutdown.graceSeconds"),
        ({"settings": {"SHUTDOWN_DELAY": "20s"}}, "set shutdown.delaySeconds"),
        ({"settings": {"PORT": 8080}}, "settings.PORT is set by the chart: service.port"),
        ({"secretSettings": {"NODE_ADDRESS": {"secret": "a", "key": "b"}}}, "settings.NODE_ADDRESS is set by the chart"),
        ({"settings": {"AUTH_JWT_ISSUER": "'\""}}, "quotes of both kinds"),
        ({"replica": 2}, "additional properties 'replica' not allowed"),
        ({"settings": {"heartbeat": "20s"}}, "heartbeat"),
        ({"settings": {"HEARTBEAT": "20s\nDEV=true"}}, "HEARTBEAT"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_do(values: dict[str, Any], said: str) -> None:
    with pytest.raises(helm.HelmError, match=said.replace("(", r"\(")):
        manifests(values)
