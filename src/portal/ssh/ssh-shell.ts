import { ChannelRequestMessage, type SshChannel, type SshClientSession } from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";
import { CloudError } from "../../base/errors.ts";
import type { Shell, ShellRequest } from "../connect/shell.ts";
import { SizeRequest, TerminalRequest } from "./messages.ts";

/** What xterm understands, as far as every system's terminfo knows. */
const TERMINAL = "xterm-256color";

/** Opens a login shell with a terminal on a connection that has been authenticated; with the shell ends the connection. */
export async function openShell(session: SshClientSession, request: ShellRequest): Promise<Shell> {
  const channel = await session.openChannel();
  const ended = endOf(session, channel);
  let taken = Promise.resolve();
  // The window opens again when the terminal has taken the text in: one that is slow holds the guest back.
  const take = (data: Buffer) => {
    const bytes = new Uint8Array(data);
    taken = taken.then(() => request.onOutput(bytes)).then(() => channel.adjustWindow(bytes.length));
    taken.catch(() => session.dispose());
  };
  channel.onDataReceived(take);
  channel.onExtendedDataReceived(({ data }) => take(data));
  const size = { columns: request.columns, rows: request.rows };
  if (!(await channel.request(new TerminalRequest(TERMINAL, size)))) throw refused("a terminal");
  if (!(await channel.request(new ChannelRequestMessage("shell", true)))) throw refused("a shell");
  return {
    write: (bytes) => channel.send(Buffer.from(bytes)),
    resize: async (columns, rows) => {
      await channel.request(new SizeRequest({ columns, rows }));
    },
    ended: ended.then(async (why) => {
      await taken.catch(() => {});
      session.dispose();
      return why;
    }),
    close: () => session.dispose(),
  };
}

function endOf(session: SshClientSession, channel: SshChannel): Promise<string> {
  return new Promise((resolve) => {
    channel.onClosed(({ exitStatus, exitSignal }) => {
      if (session.isClosed) return;
      if (exitSignal !== undefined) resolve(`The shell was ended by ${exitSignal}.`);
      else resolve(exitStatus ? `The shell ended with exit code ${exitStatus}.` : "The shell ended.");
    });
    session.onClosed(({ message }) => resolve(`The connection was closed: ${message}`));
  });
}

const refused = (what: string) => new CloudError("Ssh.Refused", `The server does not give ${what}.`);
