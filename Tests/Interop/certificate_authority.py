"""Certificates as OpenSSL's own command makes them: of any time, signed by whom one likes."""

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

CONFIGURATION = """
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
subjectAltName = DNS:app.example.org,IP:10.0.0.1
[authority]
basicConstraints = critical,CA:true
[req]
distinguished_name = nobody
[nobody]
"""


class CertificateAuthority:
    """Each certificate and each key is a file `NAME.pem` and `NAME.key` of its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "openssl.cnf").write_text(CONFIGURATION)
        (folder / "index.txt").touch()

    def issue(self, name: str, by: str | None = None, kind: str = "server", days: tuple[float, float] = (-1, 90)) -> Path:
        """Makes a key, and a certificate for it, valid from and to so many days from now; without an issuer it signs itself."""
        begin, end = ((datetime.now(timezone.utc) + timedelta(days=day)).strftime("%Y%m%d%H%M%SZ") for day in days)
        self.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", f"{name}.key")
        self.run("req", "-new", "-config", "openssl.cnf", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
        signer = ["-cert", f"{by}.pem", "-keyfile", f"{by}.key"] if by else ["-selfsign", "-keyfile", f"{name}.key"]
        self.run(
            "ca", "-batch", "-notext", "-config", "openssl.cnf", "-extensions", kind, "-startdate", begin, "-enddate", end,
            "-in", f"{name}.csr", "-out", f"{name}.pem", *signer,
        )
        return self.certificate(name)

    def certificate(self, name: str) -> Path:
        return self._folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def chain(self, *names: str) -> Path:
        """A file with these certificates, in this order."""
        path = self._folder / f"{'+'.join(names)}.chain"
        path.write_bytes(b"".join(self.certificate(name).read_bytes() for name in names))
        return path

    def run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True, timeout=60)
