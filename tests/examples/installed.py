"""What the tests of programs outside the tree share: annal installed under a directory of its own, and claims in TAP."""
import os
import subprocess
import tempfile

scratch = tempfile.mkdtemp(prefix="annal-outside-")
installed = os.path.join(scratch, "installed")
claims = 0


def run(*command, **variables):
    """Whether it succeeds, and what it says."""
    done = subprocess.run(command, cwd=scratch, env=dict(os.environ, **variables), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout


def claim(name, result):
    """Each stands on those before: the first that does not hold is the last."""
    global claims
    good, said = result
    claims += 1
    print(f"{'ok' if good else 'not ok'} {claims} - {name}", flush=True)
    if not good:
        print("".join(f"# {line}\n" for line in said.splitlines()[-60:]), end="")
        raise SystemExit(1)


def install(build):
    return run("meson", "install", "-C", build, "--no-rebuild", "--destdir", installed)


def find(name):
    for folder, _, names in os.walk(installed):
        if name in names:
            return folder
    raise SystemExit(f"{name} was not installed")


def compile_program(folder, sanitize):
    return run("sh", "-c", f"meson setup {folder}/build {folder} -Db_sanitize={sanitize} && ninja -C {folder}/build",
               PKG_CONFIG_PATH=find("annal.pc"))
