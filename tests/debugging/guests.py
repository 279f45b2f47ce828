"""Builds small guests with every compiler and linker of the SDK's README."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
ARCHS = ("8664", "__86", "_ARM", "AR64")
GCC = {"8664": "gcc", "__86": "gcc", "_ARM": "arm-linux-gnueabihf-gcc", "AR64": "aarch64-linux-gnu-gcc"}
LD = {
    "8664": ["ld", "-m", "elf_x86_64"],
    "__86": ["ld", "-m", "elf_i386"],
    "_ARM": ["arm-linux-gnueabihf-ld"],
    "AR64": ["aarch64-linux-gnu-ld"],
}


class Failure(Exception):
    """A step failed, or something is not as it should be."""


def have(*tools):
    return all(shutil.which(tool) for tool in tools)


def run(command, cwd=None, status=0, **options):
    result = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, errors="replace",
                            timeout=120, **options)
    if status is not None and result.returncode != status:
        raise Failure(f"{' '.join(map(str, command))}\nended with {result.returncode}, expected {status}:\n"
                      f"{result.stdout[-2000:]}{result.stderr[-4000:]}")
    return result


def compiler(name, arch):
    return ["clang-14" if name == "clang" else GCC[arch], f"@{SDK}/flags/{name}-{arch}.txt", f"-I{SDK}/include"]


def compile_c(name, arch, source, output, *options):
    run([*compiler(name, arch), *options, "-c", source, "-o", output], cwd=source.parent)
    return output


def link(name, arch, objects, output, *options):
    program = ["ld.lld-14", f"@{SDK}/flags/lld.txt"] if name == "lld" else [*LD[arch], f"@{SDK}/flags/ld.txt"]
    run([*program, *options, "-T", SDK / "lib/cmos.ld", *objects, "-o", output])
    return output


def expect(condition, what, text=""):
    if not condition:
        raise Failure(f"{what}\n{text}")
