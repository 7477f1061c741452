"""One authority, its servers and its clients, minted anew for each run."""

import pathlib
import subprocess

from processes import Failed


# "openssl ca", because "openssl x509" cannot mint a certificate of the past.
CONFIGURATION = """
[ca]
default_ca = bench
[bench]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any_name
[any_name]
commonName = supplied
"""


class Certificates:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / "ca.pem"
        (folder / "ca.conf").write_text(CONFIGURATION)
        (folder / "index.txt").write_text("")
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=bench authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip

    def server(self, file: str, *names: str, expired: bool = False) -> tuple[pathlib.Path, pathlib.Path]:
        """Mints file.pem and file.key."""
        alternatives = ",".join(f"DNS:{name}" for name in names)
        days = ("20250101000000Z", "20250201000000Z") if expired else None
        return self._mint(file, names[0], f"extendedKeyUsage=serverAuth\nsubjectAltName={alternatives}\n", days)

    def client(self, file: str = "client") -> tuple[pathlib.Path, pathlib.Path]:
        return self._mint(file, file, "extendedKeyUsage=clientAuth\n", None)

    def _mint(self, file: str, name: str, extensions: str, days: tuple[str, str] | None):
        (self.folder / f"{file}.ext").write_text(extensions)
        self._openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{file}.key", "-out", f"{file}.csr", "-subj", f"/CN={name}",
        )  # fmt: skip
        self._openssl(
            "ca", "-batch", "-notext", "-config", "ca.conf", "-in", f"{file}.csr", "-extfile", f"{file}.ext",
            *(("-startdate", days[0], "-enddate", days[1]) if days else ("-days", "2")), "-out", f"{file}.pem",
        )  # fmt: skip
        # nginx, HAProxy and nghttpd may read it as another user.
        (self.folder / f"{file}.key").chmod(0o644)
        return self.folder / f"{file}.pem", self.folder / f"{file}.key"

    def _openssl(self, *arguments: str) -> None:
        result = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True)
        if result.returncode != 0:
            raise Failed(f"openssl {' '.join(arguments)}: {result.stderr}")
