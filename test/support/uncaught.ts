import { onTestFinished } from "vitest";

/** What is reported to nobody in particular, from now on until the test is over. */
export function hearUncaught(): unknown[] {
  const heard: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => heard.push(error));
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  return heard;
}
