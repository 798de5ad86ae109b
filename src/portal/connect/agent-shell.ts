import type { ExecOutcome, Instance } from "../../api/types.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import type { Shell, ShellRequest } from "./shell.ts";

/**
 * A login shell in a pseudo-terminal, which the guest's own `script` makes (BusyBox has it, and util-linux): the agent gives
 * programs pipes and no terminal. The first line on stderr is the terminal's name, by which its size is changed.
 */
const START = `exec script -q -c 'stty cols "$COLUMNS" rows "$LINES"; unset COLUMNS LINES; tty >&3; exec "\${SHELL:-/bin/sh}" -l 3>&-' /dev/null 3>&2`;

/** The shell's exit code where a program is not found (POSIX, Shell Command Language §2.8.2). */
const NOT_FOUND = 127;

type Guest = Pick<Instance, "exec">;

interface AgentShellRequest extends ShellRequest {
  /** A user of the guest. */
  readonly user: string;
  /** Gives up, until it is open. */
  readonly signal: AbortSignal;
}

/** Opens a shell through the guest's agent: without network, key or password. `Shell.NotStarted` says what the guest said. */
export async function openAgentShell(guest: Guest, request: AgentShellRequest): Promise<Shell> {
  const { columns, rows, user, onOutput, signal } = request;
  const ending = new AbortController();
  const end = () => ending.abort();
  signal.addEventListener("abort", end, { once: true });
  const input = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = input.writable.getWriter();
  writer.closed.catch(() => {});
  let said = "";
  let named = (_terminal: string) => {};
  const terminal = new Promise<string>((resolve) => {
    named = resolve;
  });
  const outcome = guest.exec(["/bin/sh", "-c", START], {
    user,
    stdin: input.readable,
    env: { TERM: "xterm-256color", COLUMNS: String(columns), LINES: String(rows) },
    signal: ending.signal,
    onStdout: onOutput,
    onStderr: (bytes) => {
      said += new TextDecoder().decode(bytes);
      const [first, rest] = said.split("\n", 2);
      if (rest !== undefined) named(first ?? "");
    },
  });
  const ended = outcome.then(reasonOf, (thrown: unknown) => `The session was cut off: ${toCloudError(thrown).message}`);
  const name = await Promise.race([terminal, outcome.then((result) => Promise.reject(notStarted(result, said)))]);
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
  return {
    write: (bytes) => writer.write(new Uint8Array(bytes)),
    resize: async (nextColumns, nextRows) => {
      await guest.exec(["stty", "-F", name, "cols", String(nextColumns), "rows", String(nextRows)]);
    },
    ended,
    close: end,
  };
}

function reasonOf({ signal }: ExecOutcome): string {
  return signal === null ? "The session ended." : `The session was ended by ${signal}.`;
}

function notStarted({ exitCode }: ExecOutcome, said: string): CloudError {
  const why = exitCode === NOT_FOUND ? "The guest has no `script`, which makes the session's terminal." : said.trim();
  const text = `The session did not start. ${why || `Its program ended with exit code ${exitCode}.`}`;
  return new CloudError("Shell.NotStarted", text, { exitCode });
}
