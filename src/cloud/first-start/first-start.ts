import type { Clock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import { anyOf, Emitter } from "../../base/event.ts";
import type { InstanceActor } from "../../lifecycle/instance-actor.ts";
import { waitUntil } from "../../lifecycle/wait-until.ts";
import { exec } from "../exec.ts";
import { type Delivery, guestPlan } from "./guest-plan.ts";
import { guestScript, passwordScript } from "./guest-script.ts";
import { awaitOwnStart, type OwnStart, readOwnStart } from "./own-start.ts";

/**
 * How far an instance has got with what it was given at launch (F10): its key pair, user data and password.
 * - "none": it was given nothing.
 * - "waiting": for its guest to be up.
 * - "running", then "done", or "failed" when something of it went wrong: the console's log tells what.
 * - "undeliverable": its image has no agent that could take it.
 */
export interface FirstStartStatus {
  readonly state: "none" | "waiting" | "running" | "done" | "failed" | "undeliverable";
  /** Why it failed, or cannot be delivered. */
  readonly message: string | null;
}

/**
 * The script comes on stdin, and is a file when it runs: what it starts cannot read it away. It can be told no time limit:
 * nobody knows how long user data takes, and the guest goes on without it.
 */
const RUN = 'umask 077 && f=$(mktemp) && cat > "$f" && umask 022 && { sh "$f"; s=$?; rm -f "$f"; exit $s; }';
/** Of what the script prints before it has its log. */
const MAX_OUTPUT = 64 << 10;

const NONE: FirstStartStatus = { state: "none", message: null };
const WAITING: FirstStartStatus = { state: "waiting", message: null };
const DONE: FirstStartStatus = { state: "done", message: null };
const LOGS = "The console's log, and /var/log/cloud-init-output.log in the guest, tell what.";

const wentWrong = (why: string): FirstStartStatus => ({
  state: "failed",
  message: `Something went wrong at its start. ${why}`,
});

export interface FirstStartOptions {
  readonly actor: InstanceActor;
  readonly clock: Clock;
  /** Whether there is anything to give; user data may change while it is stopped. */
  readonly isNeeded: () => boolean;
  readonly delivery: () => Promise<Delivery>;
}

/**
 * Gives a guest what its instance was launched with, through its agent, each time it has come up: the guest knows what of it
 * it has done (`guest-script.ts`). Where it takes that from the metadata service by itself (`own-start.ts`), it is waited
 * for, and given what is left. An instance that was given nothing costs nothing.
 */
export class FirstStart implements Disposable {
  readonly #options: FirstStartOptions;
  readonly #actor: InstanceActor;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();
  /** The boot that it was done in, or told that it cannot be. */
  #boot: unknown;
  #status: FirstStartStatus | undefined;

  constructor(options: FirstStartOptions) {
    this.#options = options;
    this.#actor = options.actor;
    this.#owned.add(this.#actor.onChange(() => this.#look()));
  }

  /** Fires after `status` has changed. */
  readonly onChange = this.#changed.event;

  /** Of the last start. */
  get status(): FirstStartStatus {
    return this.#options.isNeeded() ? (this.#status ?? WAITING) : NONE;
  }

  /** Resolves when it is done, or when there is nothing to do; rejects when it never will be. */
  async wait(ended: () => CloudError | undefined, timeoutMs: number): Promise<void> {
    const { id, onChange } = this.#actor;
    const failed = () => {
      const { state, message } = this.status;
      if (state !== "failed" && state !== "undeliverable") return ended();
      return new CloudError("FirstStart.Failed", message ?? "", { instanceId: id, state });
    };
    const timedOut = () => {
      const text = `The first start of the instance '${id}' did not end within ${timeoutMs} ms. It is ${this.status.state}.`;
      return new CloudError("RequestTimeout", text, { instanceId: id, timeoutMs });
    };
    const condition = () => this.status.state === "done" || this.status.state === "none";
    const { clock } = this.#options;
    await waitUntil({
      clock,
      onChange: anyOf(onChange, this.onChange),
      condition,
      impossible: failed,
      timeoutMs,
      timedOut,
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #look(): void {
    const { boot, state, hasAgent } = this.#actor;
    if (state !== "running" || boot === null || boot === this.#boot || !this.#options.isNeeded()) return;
    if (boot.ready) void this.#run(boot);
    else if (!hasAgent) this.#refuse(boot);
    else if (this.#status !== undefined) this.#set(undefined);
  }

  async #run(boot: unknown): Promise<void> {
    this.#boot = boot;
    this.#set({ state: "running", message: null });
    const status = await this.#deliver();
    // What ended with its boot is no outcome: the next one begins again.
    if (this.#actor.boot === boot && this.#actor.state === "running") this.#set(status);
  }

  async #deliver(): Promise<FirstStartStatus> {
    try {
      const delivery = await this.#options.delivery();
      const own = delivery.startsByItself ? await this.#ownStart(delivery.instanceId) : { done: false as const };
      if (!own.done) return await this.#runInGuest(guestScript(await guestPlan(delivery)));
      const ended = own.errors.length === 0 ? DONE : wentWrong(`${own.errors.join("; ")}. ${LOGS}`);
      if (delivery.passwordHash === null) return ended;
      // The metadata service has no passwords.
      const given = await this.#runInGuest(passwordScript(delivery));
      return given.state === "done" ? ended : given;
    } catch (thrown) {
      return { state: "failed", message: toCloudError(thrown).message };
    }
  }

  async #ownStart(instanceId: string): Promise<OwnStart> {
    const options = { maxOutputBytes: MAX_OUTPUT };
    const { stdout } = await exec(this.#actor.client, ["/bin/sh", "-c", awaitOwnStart(instanceId)], options);
    return readOwnStart(stdout);
  }

  async #runInGuest(script: string): Promise<FirstStartStatus> {
    const options = { stdin: script, maxOutputBytes: MAX_OUTPUT };
    const { exitCode, stderr } = await exec(this.#actor.client, ["/bin/sh", "-c", RUN], options);
    return exitCode === 0 ? DONE : wentWrong(stderr.trim() || LOGS);
  }

  #refuse(boot: unknown): void {
    this.#boot = boot;
    const what =
      "What it was given could not be delivered: its image is not known to have an agent. Its system may find the key pair and the user data in the metadata service.";
    this.#set({ state: "undeliverable", message: what });
    const line = new TextEncoder().encode(`first start: warning: ${what}\r\n`);
    // A listener that fails is reported there.
    void this.#actor.console.append(line);
  }

  #set(status: FirstStartStatus | undefined): void {
    this.#status = status;
    this.#changed.fire();
  }
}
