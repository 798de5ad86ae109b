import { CloudError, reportUncaught, toCloudError } from "../base/errors.ts";
import { Emitter } from "../base/event.ts";
import type { Client } from "../protocol/contract.ts";
import { decodeError } from "../protocol/error-codec.ts";
import type { VmContract, VmEvent } from "../protocol/vm-contract.ts";
import type { ActorOptions, ActorState } from "./actor-options.ts";
import { BootLog } from "./boot-log.ts";
import { ConsoleBuffer } from "./console-buffer.ts";
import { InstanceVolumes } from "./instance-volumes.ts";
import type { Machine, MachineCards } from "./machine.ts";
import { type Reason, reasons, transitionReason } from "./reasons.ts";
import { newSession, type Session } from "./session.ts";
import type { InstanceState } from "./states.ts";
import { type StatusCheck, StatusChecks } from "./status-checks.ts";
import { type Action, applyAction, applyEvent, type DeviceAction, type MachineEvent } from "./transitions.ts";
import { waitUntil } from "./wait-until.ts";

/** How long a guest may take for an orderly shutdown or restart before the power is cut (F15: "bounded time"). */
const GRACE_MS = 30_000;

/**
 * One instance: its state, its machine while it has one, and the only code that changes either.
 *
 * An action changes the state at once (EC2's "pending", "stopping", …) and resolves when that is stored; what follows
 * happens in the background and is seen through `onChange` and `waitUntil`.
 */
export class InstanceActor {
  readonly console = new ConsoleBuffer();
  /** The volumes of the machine while it runs. */
  readonly volumes = new InstanceVolumes((action, call) => this.#whileRunning(action, ({ client }) => call(client)));
  /** The network interfaces of the machine while it runs; else `IncorrectInstanceState`. */
  readonly interfaces: MachineCards = {
    attach: (spec) => this.#whileRunning("attach-interface", ({ interfaces }) => interfaces.attach(spec)),
    detach: (id, force) => this.#whileRunning("detach-interface", ({ interfaces }) => interfaces.detach(id, force)),
  };
  readonly #options: ActorOptions;
  readonly #changed = new Emitter<void>();
  readonly #checks: StatusChecks;
  #current: ActorState;
  #boot: BootLog | null = null;
  #session: Session | undefined;
  #hasRun: boolean;
  /** The cloud closes: nothing starts again by itself. */
  #closing = false;
  #stored: Promise<void> = Promise.resolve();
  #storing: Promise<void> = this.#stored;

  constructor(options: ActorOptions) {
    this.#options = options;
    this.#current = options.initial;
    this.#hasRun = options.initial.state !== "pending";
    const { clock, checkEveryMs: everyMs } = options;
    this.#checks = new StatusChecks({ clock, everyMs, onChange: () => this.#changed.fire() });
  }

  /** Fires after the state, the status, the boot log or the last error has changed. */
  readonly onChange = this.#changed.event;

  get id(): string {
    return this.#options.id;
  }
  get current(): ActorState {
    return this.#current;
  }
  get state(): InstanceState {
    return this.#current.state;
  }
  /** The storing of the current state: rejects when it cannot be stored. Another promise for each state. */
  get stored(): Promise<void> {
    return this.#storing;
  }
  /** EC2's instance status check (F20): of the guest. */
  get status(): StatusCheck {
    return this.#checks.instance;
  }
  /** EC2's system status check (F20): of what the guest runs in. */
  get systemStatus(): StatusCheck {
    return this.#checks.system;
  }
  get boot(): BootLog | null {
    return this.#boot;
  }
  /** Whether the guest has an agent, as far as its image says; true while there is no machine. */
  get hasAgent(): boolean {
    return this.#session?.hasAgent ?? true;
  }

  /** It has one, or one is being made for it: it takes memory. */
  get hasMachine(): boolean {
    return this.#session !== undefined;
  }

  /** The machine's calls. Throws `IncorrectInstanceState` while there is no machine. */
  get client(): Client<VmContract> {
    return this.#machine.client;
  }

  get #machine(): Machine {
    const machine = this.#session?.machine;
    if (machine !== undefined) return machine;
    const text = `The instance '${this.id}' is not running: it is ${this.state}. Start it, and wait until it runs.`;
    throw new CloudError("IncorrectInstanceState", text, { instanceId: this.id, state: this.state });
  }

  /** First power-on of a new instance, whose record is stored as "pending" already; of one that is on its way out nothing. */
  launch(): void {
    if (this.state === "pending" && !this.#closing) this.#powerOn();
  }

  async start(): Promise<void> {
    if (this.#act("start") === undefined) return;
    this.#options.admit();
    await this.#enter("pending", null, "");
    this.#powerOn();
  }

  /** Orderly shutdown through the agent, then a hard power-off after the grace time; `force` cuts the power at once. */
  async stop(force = false): Promise<void> {
    if (this.#act(force ? "force-stop" : "stop") === undefined) return;
    await this.#enter("stopping", reasons.userShutdown, transitionReason("User initiated", this.#options.clock.now()));
    await (force ? this.#cutPower() : this.#bringDown());
  }

  /** Resolves when the guest has begun to restart; pulls the reset line after the grace time. */
  async reboot(): Promise<void> {
    if (this.#act("reboot") === undefined) return;
    const session = this.#session;
    if (session?.machine === undefined) return;
    const restarted = session.restarted.next();
    const asked = await this.#ask(() => session.machine?.client.reboot());
    if (asked && (await this.#within(restarted))) return;
    await session.machine?.client.reset();
  }

  async terminate(): Promise<void> {
    if (this.#act("terminate") === undefined) return;
    await this.#enter(
      "shutting-down",
      reasons.userShutdown,
      transitionReason("User initiated", this.#options.clock.now()),
    );
    if (this.#session === undefined) await this.#leave();
    else if (this.#session.machine === undefined) this.#session.abort.abort();
    else await this.#bringDown();
  }

  /** Goes on with a termination that an earlier page began. */
  async finishTermination(): Promise<void> {
    if (this.state === "shutting-down") await this.#leave();
  }

  /**
   * Starts again by itself after a failure of what it ran in, where that is wanted. What is in the way is the reason for
   * which it stays stopped.
   */
  async recover(failure: Reason): Promise<void> {
    if (this.state !== "stopped" || this.#closing) return;
    const recovery = this.#options.recover?.(failure);
    if (recovery === undefined) return;
    const { transitionReason: transition } = this.#current;
    if (!recovery.startsAgain) return await this.#enter("stopped", recovery.reason, transition);
    try {
      this.#options.admit();
    } catch (thrown) {
      return await this.#enter("stopped", reasons.notRecovered(failure, toCloudError(thrown)), transition);
    }
    await this.#enter("pending", recovery.reason, "");
    this.#powerOn(true);
  }

  /** Cuts the power for good: what the guest had written is flushed. Used when the cloud closes. */
  async shutOff(reason: Reason): Promise<void> {
    this.#closing = true;
    const session = this.#session;
    if (session === undefined) return;
    if (session.machine === undefined) session.abort.abort();
    else await this.#cutPower();
    const ending = this.state === "shutting-down";
    await session.down.fired();
    const { state } = this;
    // One that ended because of this, whether it can be started again or not, says why.
    if (state === "stopped" || (state === "terminated" && !ending))
      await this.#enter(state, reason, this.#current.transitionReason);
  }

  /** Resolves when `condition` holds; rejects when `impossible` gives an error, or with `RequestTimeout`. */
  async waitFor(
    condition: () => boolean,
    impossible: () => CloudError | undefined,
    timeoutMs: number,
    what: string,
  ): Promise<void> {
    const timedOut = () => {
      const text = `The instance '${this.id}' did not get ${what} within ${timeoutMs} ms. It is ${this.state}.`;
      return new CloudError("RequestTimeout", text, { instanceId: this.id, state: this.state, timeoutMs });
    };
    const { clock } = this.#options;
    await waitUntil({ clock, onChange: this.onChange, condition, impossible, timeoutMs, timedOut });
    await this.#stored;
  }

  #act(action: Action): InstanceState | undefined {
    return applyAction(this.id, this.state, action, this.#options.rootDeviceType);
  }

  /** A call that the machine's end must not leave waiting. */
  async #whileRunning<T>(action: DeviceAction, call: (machine: Machine) => Promise<T>): Promise<T> {
    this.#act(action);
    const session = this.#session;
    const machine = this.#machine;
    const gone = session?.down.fired().then(() => {
      const text = `The instance '${this.id}' went down meanwhile. It is ${this.state}.`;
      throw new CloudError("IncorrectInstanceState", text, { instanceId: this.id, state: this.state, action });
    });
    return await Promise.race([call(machine), ...(gone === undefined ? [] : [gone])]);
  }

  #powerOn(recovers = false): void {
    const session = newSession(recovers);
    this.#session = session;
    this.#boot = new BootLog();
    this.#checks.begin();
    this.#own(this.#runMachine(session), session);
  }

  async #runMachine(session: Session): Promise<void> {
    const spec = await this.#options.spec();
    session.hasAgent = spec.image.manifest.agent !== null;
    if (this.#session === session) this.#checks.booting(session.hasAgent);
    const machine = await this.#options.machines.start(
      spec,
      (event) => this.#hear(session, event),
      session.abort.signal,
    );
    if (this.#session !== session || session.abort.signal.aborted) {
      machine.dispose();
      throw new CloudError("Client.UserInitiatedShutdown", "Given up while it was starting.");
    }
    session.machine = machine;
    this.#checks.watch(machine.client);
    this.#own(this.console.follow(machine.consoleOut, session.abort.signal), session);
    if (applyEvent(this.state, "came-up") !== undefined) {
      this.#hasRun = true;
      // One that started again by itself goes on telling why.
      await this.#enter("running", this.#current.stateReason, "");
    }
  }

  #hear(session: Session, event: VmEvent): void {
    if (this.#session !== session) return;
    if (event.type === "restarted") this.#boot = new BootLog();
    this.#boot?.hear(event);
    const isTold = this.#checks.hear(event);
    switch (event.type) {
      case "disks":
        this.#options.onDisks?.(event.names);
        break;
      case "restarted":
        session.restarted.fire();
        break;
      case "volume-error":
        session.diskError = reasons.diskError(event.volumeId, event.error);
        break;
      case "powered-off":
        this.#own(this.#poweredOff(session), session);
        break;
      case "panicked":
        this.#own(this.#wentDown(session, "failed", reasons.panicked(event.message, session.diskError)), session);
        break;
      case "failed":
        this.#own(this.#brokeDown(session, reasons.failed(decodeError(event.error))), session);
        break;
      default:
        if (!isTold) this.#changed.fire();
    }
  }

  /** Asks the guest to shut down; cuts the power when it does not, or cannot be asked. */
  async #bringDown(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const asked = await this.#ask(() => session.machine?.client.shutdown());
    if (asked && (await this.#within(session.down.fired()))) return;
    await this.#cutPower();
  }

  async #cutPower(): Promise<void> {
    const session = this.#session;
    if (session?.machine === undefined) return;
    try {
      await session.machine.client.powerOff();
    } catch (thrown) {
      await this.#wentDown(session, "failed", reasons.failed(toCloudError(thrown, "Server.InternalError")));
      return;
    }
    await this.#wentDown(session, "went-down", reasons.userShutdown);
  }

  /** Whether the agent took the request: an image without one, or a guest that hangs, does not. */
  async #ask(request: () => Promise<void> | undefined): Promise<boolean> {
    if (this.#boot?.ready !== true) return false;
    try {
      await request();
      return true;
    } catch {
      return false;
    }
  }

  /** The guest has powered itself off, perhaps because it was asked to: then the instance is on its way already. */
  async #poweredOff(session: Session): Promise<void> {
    const { rootDeviceType, shutdownBehavior, clock } = this.#options;
    const next = applyEvent(this.state, "guest-shutdown", rootDeviceType, shutdownBehavior?.());
    const transition = transitionReason("Instance initiated", clock.now());
    // Both at once: an action in between would find a machine that is off.
    const begun = next === undefined ? undefined : this.#enter(next, reasons.guestShutdown, transition);
    await Promise.all([begun, this.#wentDown(session, "went-down", reasons.guestShutdown)]);
  }

  /** What the guest ran in has failed: that can be mended by starting it again. */
  async #brokeDown(session: Session, failure: Reason): Promise<void> {
    // A start that was begun after another failure is tried again, as often as the cloud has it.
    const startsAgain = this.state === "running" || (this.state === "pending" && session.recovers);
    const concerns = this.#session === session && startsAgain;
    await this.#wentDown(session, "failed", failure);
    if (concerns) await this.recover(failure);
  }

  /** The machine is gone: lets go of it and moves on. */
  async #wentDown(session: Session, event: MachineEvent, reason: Reason): Promise<void> {
    if (this.#session !== session) return;
    this.#session = undefined;
    session.machine?.dispose();
    session.abort.abort();
    this.#checks.end();
    const next = applyEvent(this.state, event, this.#options.rootDeviceType);
    // What the user wanted before keeps its reason; a failure on the way to "stopped" is worth telling instead.
    const wanted = this.state === "stopping" || this.state === "shutting-down";
    const initiator = event === "went-down" ? "Instance initiated" : "Server failure";
    const keepReason = this.state === "shutting-down" || (this.state === "stopping" && event === "went-down");
    const stateReason = keepReason ? this.#current.stateReason : reason;
    const transition = wanted ? this.#current.transitionReason : transitionReason(initiator, this.#options.clock.now());
    try {
      // What goes with it takes its time, and is finished by the next page if it must be.
      if (next === "terminated" && this.state === "running")
        await this.#enter("shutting-down", stateReason, transition);
      if (next === "terminated") await this.#leave(stateReason, transition);
      else if (next !== undefined) await this.#enter(next, stateReason, transition);
    } finally {
      session.down.fire();
    }
  }

  /** Deletes what belongs to the instance, then calls it terminated. */
  async #leave(reason = this.#current.stateReason, transition = this.#current.transitionReason): Promise<void> {
    await this.#options.release();
    await this.#enter("terminated", reason, transition);
  }

  async #enter(state: InstanceState, stateReason: Reason | null, transition: string): Promise<void> {
    const next: ActorState = { state, stateReason, transitionReason: transition };
    this.#current = next;
    const stored = this.#stored.then(() => this.#options.persist(next));
    // The next state is stored even when this one could not be; whoever caused this one hears of it.
    this.#storing = stored;
    this.#stored = stored.catch(() => {});
    this.#changed.fire();
    await stored;
  }

  /** Background work of a session: its failure is the machine's failure. */
  #own(work: Promise<void>, session: Session): void {
    work
      .catch(async (thrown: unknown) => {
        const failure = reasons.failed(toCloudError(thrown, "Server.InternalError"));
        if (this.state !== "pending" || session.recovers) return await this.#brokeDown(session, failure);
        await this.#wentDown(session, this.#hasRun ? "start-failed" : "launch-failed", failure);
      })
      .catch(reportUncaught);
  }

  async #within(signal: Promise<void>): Promise<boolean> {
    const graceMs = this.#options.graceMs ?? GRACE_MS;
    return await new Promise<boolean>((resolve) => {
      const cancel = this.#options.clock.setTimer(graceMs, () => resolve(false));
      void signal.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
