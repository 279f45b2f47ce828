"""A program on a terminal of its own, as the foreground job of a small shell. Everything waits for something to be seen:
text on the screen, a change of state. Nothing waits for time to pass."""
import os
import pty
import signal
import termios


def _fresh_modes():
    """Every new terminal starts with the same modes; the program's own may be changed before they could be read."""
    ours, theirs = os.openpty()
    try:
        return termios.tcgetattr(ours)
    finally:
        os.close(ours)
        os.close(theirs)


class Job:
    """Runs `argv` on a new terminal. The shell between us and it exists because Ctrl-Z does not stop the orphans that a
    session's leader is one of."""

    def __init__(self, argv, env=None):
        self.screen = b""
        self.first_modes = _fresh_modes()
        news, self._tell = os.pipe()
        self._orders, order = os.pipe()
        self._news = os.fdopen(news, "r")
        self._order = order
        self._shell, self.terminal = pty.fork()
        if self._shell == 0:
            _shell(argv, {**os.environ, "TERM": "xterm", **(env or {})}, self._tell, self._orders)
        os.close(self._tell)
        os.close(self._orders)
        self.pid = int(self._news.readline())

    def type(self, text):
        os.write(self.terminal, text)

    def read_until(self, text):
        """What has appeared since the last call, up to and including `text`."""
        while text not in self.screen:
            self.screen += self._read() or _give_up(f"{text!r} did not appear, but {self.screen!r}")
        end = self.screen.index(text) + len(text)
        seen, self.screen = self.screen[:end], self.screen[end:]
        return seen

    def _read(self):
        try:
            return os.read(self.terminal, 4096)
        except OSError:  # the last user of the terminal has gone
            return b""

    def rest(self):
        """What appears until the program has ended."""
        while part := self._read():
            self.screen += part
        seen, self.screen = self.screen, b""
        return seen

    def modes(self):
        """The terminal's modes now; first_modes are those before the program could change them."""
        return termios.tcgetattr(self.terminal)

    def echoes(self):
        return bool(self.modes()[3] & termios.ECHO)

    def takes_lines(self):
        return bool(self.modes()[3] & termios.ICANON)

    def state(self):
        """`exited N`, `killed N` or `stopped`: the next change of the program."""
        return self._news.readline().strip()

    def go_on(self):
        os.write(self._order, b"c")

    def signal(self, number):
        os.kill(self.pid, number)

    def close(self):
        os.close(self._order)
        self._news.close()
        os.waitpid(self._shell, 0)
        os.close(self.terminal)


def _give_up(message):
    raise AssertionError(message)


def _shell(argv, env, tell, orders):
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.set_inheritable(0, True)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execve(argv[0], argv, env)
    os.write(tell, f"{job}\n".encode())
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.write(tell, b"stopped\n")
            if not os.read(orders, 1):
                os.kill(job, signal.SIGKILL)
            os.tcsetpgrp(0, job)
            os.kill(job, signal.SIGCONT)
            continue
        end = f"exited {os.WEXITSTATUS(status)}" if os.WIFEXITED(status) else f"killed {os.WTERMSIG(status)}"
        os.write(tell, end.encode() + b"\n")
        os._exit(0)
