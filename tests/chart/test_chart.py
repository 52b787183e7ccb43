"""The Helm chart, rendered by Helm's own engine and held against the schemas of Kubernetes and KEDA, without a cluster.

What it hands to a service has to be what the service reads, and what compose hands to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import helm_python as helm
import kubernetes_validate
import pytest
import yaml
from cloudcoil.models.keda import v1alpha1 as keda

from services.gateway.settings import GatewaySettings
from services.inference.settings import InferenceSettings
from services.maintenance.settings import MaintenanceSettings
from services.notifier.settings import NotifierSettings
from tests.architecture.sources import ROOT
from tests.architecture.test_compose import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_settings import BaseSettings

FOLDER: Final = ROOT / "deploy" / "helm" / "lesionlens"
KUBERNETES: Final = "1.34"
INFO: Final = 1
NEEDED: Final[dict[str, Any]] = {"store": {"endpoint": "https://s3.example"}}
READS: Final[Mapping[str, type[BaseSettings]]] = {
    "gateway": GatewaySettings,
    "inference": InferenceSettings,
    "notifier": NotifierSettings,
    "maintenance": MaintenanceSettings,
}
INGRESS: Final = {"gateway": {"ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls"}}}
TRACING: Final = {"tracing": {"endpoint": "http://collector:4318", "share": 0.25, "headers": True}}
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "as it comes": {},
    "on CPUs": {"inference": {"device": "cpu", "tolerations": []}},
    "scaled by KEDA": {"keda": {"enabled": True}},
    "scaled gateways": {"gateway": {"autoscaling": {"enabled": True}}},
    "ingress": INGRESS,
    "traced": TRACING,
    "bare": {"networkPolicy": {"enabled": False}, "podDisruptionBudget": False, "registerModel": False},
    "everything named": {
        "image": {"registry": "registry.example/", "tag": "1.2.3", "pullSecrets": [{"name": "pull"}]},
        "store": {"publicEndpoint": "https://photos.example", "serverSideEncryption": "aws:kms", "kmsKeyId": "k"},
        "settings": {"LOG_LEVEL": "DEBUG", "LEASE_S": 30},
        "inference": {"nodeSelector": {"gpu": "l4"}},
    },
}


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for name, value in more.items():
        found[name] = merged(found[name], value) if isinstance(value, dict) and name in found else value
    return found


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    with helm.Chart.load(FOLDER) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="ll", namespace="screening")
    texts = [text for name, text in files.items() if name.endswith(".yaml")]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return rendered(merged(NEEDED, VARIANTS[request.param]))


@pytest.fixture(scope="module")
def usual() -> list[dict[str, Any]]:
    return rendered(merged(NEEDED, {"keda": {"enabled": True}} | TRACING | INGRESS))


def of_kind(objects: list[dict[str, Any]], *kinds: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] in kinds}


def pods(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in of_kind(objects, "Deployment", "Job").items():
        yield name.removeprefix("ll-"), each["spec"]["template"]["spec"]


def environment(pod: dict[str, Any]) -> dict[str, str]:
    """Return what the container is handed; of secrets the key in the Secret, in angle brackets."""
    found = {}
    for each in pod["containers"][0]["env"]:
        assert each["name"] not in found, "named twice"
        secret = each.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
        found[each["name"]] = f"<{secret}>" if secret else each["value"]
    return found


def test_helm_has_nothing_against_it() -> None:
    report: Any = helm.lint(str(FOLDER), values=NEEDED)
    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] > INFO] == []


def test_each_object_fits_its_schema(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        if each["apiVersion"].startswith("keda.sh/"):
            getattr(keda, each["kind"]).model_validate(each)
        else:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_what_does_not_fit_would_be_seen(usual: list[dict[str, Any]]) -> None:
    (deployment,) = [each for each in of_kind(usual, "Deployment").values() if "gateway" in each["metadata"]["name"]]
    broken = merged(deployment, {"spec": {"replica": 3}})
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)
    (scaled,) = of_kind(usual, "ScaledObject").values()
    with pytest.raises(ValueError, match="triggers"):
        keda.ScaledObject.model_validate(merged(scaled, {"spec": {"triggers": "none"}}))


@pytest.mark.parametrize(
    "values",
    [
        {"gateway": {"replica": 3}},
        {"inference": {"device": "tpu"}},
        {"image": {"registry": "registry.example"}},
        {"settings": {"log-level": "DEBUG"}},
        {"keda": {"targetAgeSeconds": 0}},
        {"networkPolicy": {"dataCidrs": []}},
        {"tracing": {"share": 2}},
    ],
)
def test_values_that_nobody_reads_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(helm.HelmError):
        rendered(merged(NEEDED, values))


def test_what_has_to_be_said_is_asked_for() -> None:
    with pytest.raises(helm.HelmError, match=r"store\.endpoint"):
        rendered({})
    with pytest.raises(helm.HelmError, match="TLS"):
        rendered(merged(NEEDED, {"gateway": {"ingress": {"enabled": True}}}))


@pytest.mark.parametrize("service", READS)
def test_a_service_is_handed_what_it_reads(objects: list[dict[str, Any]], service: str) -> None:
    handed = environment(dict(pods(objects))[service])
    fields = READS[service].model_fields
    known = {name.upper() for name in fields}
    assert set(handed) - known - {"LOG_LEVEL", "LEASE_S"} == set(), "nobody reads it"
    needed = {name.upper() for name, field in fields.items() if field.is_required()}
    assert needed - set(handed) == set(), "it does not start without"


@pytest.mark.parametrize("service", READS)
def test_it_is_handed_what_compose_hands_it(usual: list[dict[str, Any]], service: str) -> None:
    handed = set(environment(dict(pods(usual))[service]))
    in_compose = set(SERVICES[f"{service}-gpu" if service == "inference" else service]["environment"])
    assert in_compose - handed <= {"LOG_LEVEL"}, "LOG_LEVEL is one of `settings`"


def test_each_login_is_the_services_own(usual: list[dict[str, Any]]) -> None:
    urls = {name: environment(pod).get("DATABASE_URL") for name, pod in pods(usual)}
    assert urls == {
        "gateway": "<GATEWAY_DATABASE_URL>",
        "inference": "<WORKER_DATABASE_URL>",
        "notifier": "<WORKER_DATABASE_URL>",
        "maintenance": "<WORKER_DATABASE_URL>",
        "register-model": "<WORKER_DATABASE_URL>",
        "migrations": "<OWNER_DATABASE_URL>",
    }


def test_no_secret_stands_in_an_object(objects: list[dict[str, Any]]) -> None:
    assert not of_kind(objects, "Secret")
    for _, pod in pods(objects):
        for name, value in environment(pod).items():
            if re.search(r"SECRET|KEY|_URL", name) and name not in {"PUBLIC_URL", "S3_KMS_KEY_ID"}:
                assert value.startswith("<"), name


def test_images_are_those_of_compose(usual: list[dict[str, Any]]) -> None:
    images = {pod["containers"][0]["image"] for _, pod in pods(usual)}
    assert images <= {service["image"] for service in SERVICES.values()}
    register = next(pod for name, pod in pods(usual) if name == "register-model")
    assert register["containers"][0]["command"] == SERVICES["register-model"]["command"]


def test_every_container_is_shut_in(objects: list[dict[str, Any]]) -> None:
    for name, pod in pods(objects):
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert "memory" in container["resources"]["limits"], name
        assert {mount["mountPath"] for mount in container["volumeMounts"]} >= {"/tmp"}, name
        assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"]), name


def test_probes_ask_for_what_answers(usual: list[dict[str, Any]]) -> None:
    for name, pod in pods(usual):
        (container,) = pod["containers"]
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            probe = container.get(kind, {})
            if "httpGet" in probe:
                assert probe["httpGet"]["path"] in {"/healthz", "/readyz"}, name
            elif probe:
                module = probe["exec"]["command"][-1]
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), name
        assert name in {"migrations", "register-model"} or "livenessProbe" in container


def test_workers_on_gpus_ask_for_one_and_others_do_not() -> None:
    for device, asked in (("gpu", "1"), ("cpu", None)):
        pod = dict(pods(rendered(merged(NEEDED, {"inference": {"device": device}}))))["inference"]
        (container,) = pod["containers"]
        assert container["resources"]["limits"].get("nvidia.com/gpu") == asked
        assert container["image"].startswith(f"lesionlens/inference-{device}:")
        assert ("tolerations" in pod) is (asked is not None)


def test_workers_are_scaled_by_the_age_of_the_queue(usual: list[dict[str, Any]]) -> None:
    (scaled,) = of_kind(usual, "ScaledObject").values()
    (deployment,) = [each for name, each in of_kind(usual, "Deployment").items() if name == "ll-inference"]
    assert scaled["spec"]["scaleTargetRef"] == {"name": "ll-inference"}
    assert "replicas" not in deployment["spec"], "two would pull at it"
    (trigger,) = scaled["spec"]["triggers"]
    # tests/integration/shared/test_queue_age.py asks just this.
    assert trigger["metadata"]["query"] == "SELECT queue_age_seconds()"
    (authentication,) = of_kind(usual, "TriggerAuthentication").values()
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]


def test_the_policies_are_of_pods_that_there_are(usual: list[dict[str, Any]]) -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind(usual, "Deployment", "Job").values()]
    policies = of_kind(usual, "NetworkPolicy")
    assert len(policies) == len(labels)
    for policy in policies.values():
        wanted = policy["spec"]["podSelector"]["matchLabels"]
        assert any(wanted.items() <= each.items() for each in labels)
    worker = policies["ll-inference"]["spec"]
    assert worker["ingress"] == []
    assert all("to" in rule or {port["port"] for port in rule["ports"]} == {53} for rule in worker["egress"])


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("http://collector:4318", 4318), ("https://traces.example", 443), ("http://traces.example/", 80)],
)
def test_who_is_traced_reaches_the_collector(endpoint: str, port: int) -> None:
    traced = rendered(merged(NEEDED, {"tracing": {"endpoint": endpoint}}))
    plain = rendered(NEEDED)
    opened = {name: _ports(policy) for name, policy in of_kind(traced, "NetworkPolicy").items()}
    before = {name: _ports(policy) for name, policy in of_kind(plain, "NetworkPolicy").items()}
    served = {"ll-gateway", "ll-inference", "ll-notifier"}
    assert opened == {name: [*ports, *([port] if name in served else [])] for name, ports in before.items()}
    assert environment(dict(pods(traced))["inference"])["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint


def _ports(policy: dict[str, Any]) -> list[int]:
    (rule,) = [rule for rule in policy["spec"]["egress"] if "to" in rule]
    return [port["port"] for port in rule["ports"]]


def test_the_public_side_sees_no_metrics_and_no_console(usual: list[dict[str, Any]]) -> None:
    (ingress,) = of_kind(usual, "Ingress").values()
    paths = {path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}
    assert {"/v1", "/app", "/healthz"} <= paths
    assert not {path for path in paths if path.startswith(("/metrics", "/readyz", "/console"))}


def test_every_key_of_the_secret_is_told(usual: list[dict[str, Any]]) -> None:
    used = {value[1:-1] for _, pod in pods(usual) for value in environment(pod).values() if value.startswith("<")}
    used |= {each["key"] for each in of_kind(usual, "TriggerAuthentication")["ll-queue-age"]["spec"]["secretTargetRef"]}
    told = set(re.findall(r"[A-Z0-9]+(?:_[A-Z0-9]+)+", (FOLDER / "values.yaml").read_text().split("secretName:")[0]))
    assert used == told
