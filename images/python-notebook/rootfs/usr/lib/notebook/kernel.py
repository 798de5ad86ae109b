"""The process that runs the code: one request a line on its input, one answer a line on its output, as JSON."""

import ast
import contextlib
import io
import json
import os
import signal
import sys
import traceback

# What one piece prints is kept in memory and sent as a whole.
OUTPUT_CHARACTERS = 1_000_000


class BoundedText(io.StringIO):
    def write(self, text):
        room = OUTPUT_CHARACTERS - self.tell()
        super().write(text[: max(room, 0)])
        return len(text)


def evaluate(code, namespace):
    """Runs the statements; the value of a last expression is shown, as Python's prompt does."""
    tree = ast.parse(code, "<cell>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        if value is not None:
            namespace["_"] = value
            print(repr(value))


def run(code, namespace):
    output = BoundedText()
    ok = True
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            # Only the code can be interrupted, not the answer.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            evaluate(code, namespace)
        except SystemExit:
            pass
        except BaseException as error:
            ok = False
            # Without this function's and evaluate's own lines.
            own = error.__traceback__.tb_next
            traceback.print_exception(type(error), error, own and own.tb_next)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    return {"ok": ok, "output": output.getvalue()}


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w")
    # What programs that the code starts print is nobody's answer.
    os.dup2(2, 1)
    namespace = {"__name__": "__main__"}
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), namespace)), file=answers, flush=True)


if __name__ == "__main__":
    main()
