"""Source packages of Debian, fetched with an apt configuration of our own: nothing of the system's apt is changed.

Packages are kept unpacked in the cache; once there, no network is needed.
"""

import fcntl
import glob
import os
import re
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path


class Unavailable(Exception):
    """Something that the tests need from outside cannot be had: they are skipped."""


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base) / "cmos"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path):
    """Tests run side by side and share the cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def _release() -> str:
    text = Path("/etc/os-release").read_text()
    if not re.search(r"^ID=debian$", text, re.M):
        raise Unavailable("the host is not Debian: its source packages are not known here")
    return re.search(r"^VERSION_CODENAME=(\w+)", text, re.M)[1]


def _entries(release: str):
    """(options, address, suite) of the system's entries for the release; options as in a one-line entry's brackets."""
    for name in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        if os.path.exists(name):
            for line in Path(name).read_text().splitlines():
                found = re.match(r"\s*deb\s+(\[.*?\])?\s*(\S+)\s+(\S+)\s+.*\bmain\b", line)
                if found:
                    yield found[1] or "", found[2], found[3]
    for name in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        text = "\n".join(l for l in Path(name).read_text().splitlines() if not l.startswith("#"))
        for paragraph in re.split(r"\n\s*\n", text):
            fields = {k.lower(): v.split() for k, v in re.findall(r"^([\w-]+):[ \t]*(.*)$", paragraph, re.M)}
            if "deb" not in fields.get("types", []) or "main" not in fields.get("components", []) or fields.get("enabled") == ["no"]:
                continue
            key = fields.get("signed-by", [])
            options = f"[signed-by={','.join(key)}]" if key else ""
            for address in fields.get("uris", []):
                for suite in fields.get("suites", []):
                    yield options, address, suite


def _configure(apt: Path) -> Path:
    """Writes sources.list and apt.conf below `apt` and returns the latter."""
    release = _release()
    lines = [f"{kind} {o} {a} {s} main" for o, a, s in _entries(release) if s.split("-")[0].split("/")[0] == release for kind in ("deb", "deb-src")]
    if not lines:
        raise Unavailable(f"no entry for {release} in the system's apt sources")
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text("\n".join(dict.fromkeys(lines)) + "\n")
    # The system's ways of reaching the network hold here too, its hooks (which clean the system's own caches) do not.
    network = [l for l in _run(["apt-config", "dump", "Acquire"]).stdout.splitlines() if l.startswith("Acquire::") and not l.endswith(' "";')]
    (apt / "apt.conf").write_text("\n".join([
        *network,
        'Dir::Etc::main "/dev/null";', f'Dir::Etc::parts "{apt}/parts";',
        f'Dir::Etc::sourcelist "{apt}/sources.list";', 'Dir::Etc::sourceparts "-";',
        f'Dir::State::lists "{apt}/lists";', 'Dir::State::status "/dev/null";', f'Dir::Cache "{apt}/cache";',
        'APT::Sandbox::User "root";', 'Acquire::Retries "1";', 'Acquire::http::Timeout "20";', 'Acquire::https::Timeout "20";',
    ]) + "\n")
    return apt / "apt.conf"


def _apt_get(*arguments, cwd):
    apt = cache_folder() / "apt"
    if not shutil.which("apt-get"):
        raise Unavailable("apt-get is not installed")
    with locked(apt / "lock"):
        configuration = apt / "apt.conf"
        environment = {**os.environ, "LC_ALL": "C", "APT_CONFIG": str(configuration)}
        if not (apt / "updated-both").exists():
            _configure(apt)
            update = _run(["apt-get", "-q", "update"], env=environment)
            if update.returncode or "Failed to fetch" in update.stderr:
                raise Unavailable("apt cannot get Debian's list of source packages: " + (update.stderr.strip().splitlines() or ["?"])[-1])
            (apt / "updated-both").touch()
        result = _run(["apt-get", "-q", *arguments], env=environment, cwd=cwd)
        if result.returncode:
            (apt / "updated-both").unlink()  # the list may be older than the archive
            raise Unavailable(f"apt-get {shlex.join(arguments)}: " + (result.stderr.strip().splitlines() or ["?"])[-1])


def _unpack(archive: Path, target: Path, *options):
    result = _run(["tar", "-xf", str(archive), "-C", str(target), "--no-same-owner", *options])
    if result.returncode:
        raise Unavailable(f"{archive.name} does not unpack: {result.stderr.strip()}")


def source(package: str, patches: str = "") -> Path:
    """The folder with the upstream source of a Debian source package, with those of Debian's patches whose names contain `patches`."""
    folder = cache_folder() / "sources" / package
    with locked(folder.with_suffix(".lock")):
        if (folder / "complete").exists():
            return folder / "source"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "source").mkdir(parents=True)
        print(f"fetching the source of {package}", flush=True)
        _apt_get("source", "--download-only", *([] if patches else ["--tar-only"]), package, cwd=folder)
        archive = next(folder.glob("*.orig.tar.*"))
        _unpack(archive, folder / "source", "--strip-components=1")
        version = archive.name.split("_", 1)[1].split(".orig.")[0]
        if patches:
            version = next(folder.glob("*.dsc")).name.split("_", 1)[1].removesuffix(".dsc")
            _unpack(next(folder.glob("*.debian.tar.*")), folder)
            for name in (folder / "debian/patches/series").read_text().split("\n"):
                name = name.split("#")[0].strip()
                if name and patches in name:
                    applied = _run(["patch", "-p1", "-s", "-d", str(folder / "source"), "-i", str(folder / "debian/patches" / name)])
                    if applied.returncode:
                        raise Unavailable(f"{package}: Debian's {name} does not apply: {applied.stdout}")
        (folder / "complete").write_text(version + "\n")
        return folder / "source"


def binary(package: str) -> Path:
    """The folder with the files of a Debian binary package for x86-64."""
    folder = cache_folder() / "binaries" / package
    with locked(folder.with_suffix(".lock")):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "files").mkdir(parents=True)
            print(f"fetching {package}", flush=True)
            _apt_get("download", f"{package}:amd64", cwd=folder)
            unpacked = _run(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), str(folder / "files")])
            if unpacked.returncode:
                raise Unavailable(f"{package} does not unpack: {unpacked.stderr.strip()}")
            (folder / "complete").touch()
        return folder / "files"


def version(package: str) -> str:
    """Of a package that source() has delivered."""
    return (cache_folder() / "sources" / package / "complete").read_text().strip()


def torture_folder() -> Path:
    """gcc.c-torture/execute of Debian's gcc-12 source. 90 MB are fetched for it; only the folder is kept."""
    folder = cache_folder() / "sources" / "gcc-torture"
    with locked(folder.with_suffix(".lock")):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            print("fetching the source of gcc-12 (90 MB)", flush=True)
            _apt_get("source", "--download-only", "--tar-only", "gcc-12", cwd=folder)
            outer = next(folder.glob("gcc-12_*.orig.tar.*"))
            # A tarball in a tarball.
            pipe = (f"tar -xOf {shlex.quote(str(outer))} --wildcards '*/gcc-*-dfsg.tar.*' | tar -xJ -C {shlex.quote(str(folder))} "
                    "--no-same-owner --strip-components=4 --wildcards '*/gcc/testsuite/gcc.c-torture/execute/*'")
            unpacked = _run(["bash", "-o", "pipefail", "-c", pipe])
            if unpacked.returncode:
                raise Unavailable(f"{outer.name} does not unpack: {unpacked.stderr.strip()}")
            outer.unlink()
            (folder / "complete").touch()
    return folder / "execute"
