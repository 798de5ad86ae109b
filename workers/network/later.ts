/** Calls back after what waits already: other messages and timers come in between, and nothing is put off as timers are. */
export function laterBy(channel: MessageChannel): (work: () => void) => void {
  let due: (() => void)[] = [];
  channel.port1.onmessage = () => {
    const now = due;
    due = [];
    for (const work of now) work();
  };
  return (work) => {
    due.push(work);
    if (due.length === 1) channel.port2.postMessage(null);
  };
}
