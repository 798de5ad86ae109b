import type { Clock } from "../base/clock.ts";
import type { Client } from "../protocol/contract.ts";
import type { VmContract, VmEvent } from "../protocol/vm-contract.ts";
import { type Reason, reasons } from "./reasons.ts";

/** EC2's status checks (F20). */
export interface StatusCheck {
  readonly state: "not-applicable" | "initializing" | "ok" | "impaired" | "insufficient-data";
  /** Why it is impaired. */
  readonly reason: Reason | null;
  /** Since when it is impaired. */
  readonly impairedSince: Date | null;
}

/** How often machine and guest are asked. EC2 asks every minute; an answer costs milliseconds, so twice as often. */
export const CHECK_EVERY_MS = 30_000;
/** A check that failed is repeated soon: one alone says little, since a busy guest, or page, may be late. */
const AGAIN_MS = 5_000;
/** So many in a row are a failure. */
const FAILURES = 2;
/** A guest that has not come up after so long is impaired. The largest boots take a minute on a slow machine. */
const BOOT_MS = 5 * 60_000;
/** So is one whose agent has gone and not come back: a restart, which it may be about to begin, is heard of by then. */
const AGENT_BACK_MS = 60_000;

const NOT_APPLICABLE: StatusCheck = { state: "not-applicable", reason: null, impairedSince: null };
const INITIALIZING: StatusCheck = { ...NOT_APPLICABLE, state: "initializing" };
const INSUFFICIENT_DATA: StatusCheck = { ...NOT_APPLICABLE, state: "insufficient-data" };
const OK: StatusCheck = { ...NOT_APPLICABLE, state: "ok" };

/** What is known of one machine. */
interface Subject {
  /** The image is known to have an agent, which tells when the guest is up. */
  readonly hasAgent: boolean;
  /** The guest has come up, as far as can be known. */
  isUp: boolean;
  /** Epoch ms from which on it is late. */
  lateAt: number;
  /** What the machine tells by itself: it lasts until the guest starts again. */
  fault: Reason | null;
  /** The last check of each, how often it has failed in a row. */
  silentWorker: number;
  silentAgent: number;
}

export interface StatusCheckOptions {
  readonly clock: Clock;
  /** Without it, nothing is asked: what the machine tells is all that is known. */
  readonly everyMs?: number | undefined;
  readonly onChange: () => void;
}

/**
 * The two status checks of an instance. System: its worker answers. Instance: its guest's agent does, and the machine has
 * told of nothing that is wrong.
 */
export class StatusChecks {
  readonly #options: StatusCheckOptions;
  #subject: Subject | undefined;
  #system = NOT_APPLICABLE;
  #instance = NOT_APPLICABLE;
  #cancel = () => {};

  constructor(options: StatusCheckOptions) {
    this.#options = options;
  }

  get system(): StatusCheck {
    return this.#system;
  }
  get instance(): StatusCheck {
    return this.#instance;
  }

  /** A machine is on its way. */
  begin(): void {
    this.end();
    this.#system = INITIALIZING;
    this.#instance = INITIALIZING;
    this.#options.onChange();
  }

  /** What kind of guest it has is known. */
  booting(hasAgent: boolean): void {
    const lateAt = this.#options.clock.now() + BOOT_MS;
    this.#subject = { hasAgent, isUp: false, lateAt, fault: null, silentWorker: 0, silentAgent: 0 };
  }

  /** The machine runs, and can be asked. */
  watch(client: Client<VmContract>): void {
    this.#cancel();
    this.#update();
    this.#askAfter(this.#options.everyMs, client, this.#subject);
  }

  /** The machine is gone. */
  end(): void {
    this.#cancel();
    this.#subject = undefined;
    this.#system = NOT_APPLICABLE;
    this.#instance = NOT_APPLICABLE;
  }

  /** Takes from what the machine tells what bears on the checks; says whether it was such. */
  hear(event: VmEvent): boolean {
    const subject = this.#subject;
    if (subject === undefined || !this.#note(subject, event)) return false;
    this.#update();
    this.#options.onChange();
    return true;
  }

  #note(subject: Subject, event: VmEvent): boolean {
    switch (event.type) {
      case "ready":
        this.#isUp(subject, true);
        return true;
      case "phase":
        // Nobody in the guest will tell: that it is being booted is all there is to know.
        if (event.phase !== "kernel" || subject.hasAgent) return false;
        this.#isUp(subject, true);
        return true;
      case "agent-lost":
        this.#isUp(subject, false, AGENT_BACK_MS);
        return true;
      case "restarted":
        this.#isUp(subject, false, BOOT_MS);
        return true;
      case "not-bootable":
        subject.fault = reasons.notBootable;
        return true;
      case "halted":
        subject.fault = reasons.halted;
        return true;
      case "volume-error":
        subject.fault = reasons.diskError(event.volumeId, event.error);
        return true;
      default:
        return false;
    }
  }

  #isUp(subject: Subject, isUp: boolean, limitMs = 0): void {
    subject.isUp = isUp;
    subject.lateAt = this.#options.clock.now() + limitMs;
    subject.fault = null;
    subject.silentAgent = 0;
  }

  #askAfter(ms: number | undefined, client: Client<VmContract>, subject: Subject | undefined): void {
    if (ms === undefined || subject === undefined) return;
    this.#cancel = this.#options.clock.setTimer(ms, () => void this.#ask(client, subject));
  }

  /** Never rejects: that nobody answers is what it finds out. */
  async #ask(client: Client<VmContract>, subject: Subject): Promise<void> {
    const worker = await answers(() => client.stats());
    // While the worker is silent, nothing can be known of the guest; before it is up, it has nobody to answer.
    const agent = !worker || !subject.hasAgent || !subject.isUp || (await answers(() => client.ping()));
    if (this.#subject !== subject) return;
    subject.silentWorker = worker ? 0 : subject.silentWorker + 1;
    subject.silentAgent = agent ? 0 : subject.silentAgent + 1;
    const before = [this.#system, this.#instance];
    this.#update();
    if (before[0] !== this.#system || before[1] !== this.#instance) this.#options.onChange();
    this.#askAfter(worker && agent ? this.#options.everyMs : AGAIN_MS, client, subject);
  }

  #update(): void {
    const subject = this.#subject;
    if (subject === undefined) return;
    const isSilent = subject.silentWorker >= FAILURES;
    this.#system = this.#result(this.#system, isSilent ? reasons.workerSilent : null, OK);
    const isLate = !subject.isUp && this.#options.clock.now() >= subject.lateAt;
    const silent = isLate || subject.silentAgent >= FAILURES ? reasons.agentSilent : null;
    const otherwise = isSilent ? INSUFFICIENT_DATA : subject.isUp ? OK : INITIALIZING;
    this.#instance = this.#result(this.#instance, subject.fault ?? (isSilent ? null : silent), otherwise);
  }

  /** The check as it is now; the same object as before where nothing has changed. */
  #result(before: StatusCheck, reason: Reason | null, otherwise: StatusCheck): StatusCheck {
    if (reason === null) return otherwise;
    if (before.reason?.code === reason.code && before.reason.message === reason.message) return before;
    const since = before.impairedSince ?? new Date(this.#options.clock.now());
    return { state: "impaired", reason, impairedSince: since };
  }
}

async function answers(question: () => Promise<unknown>): Promise<boolean> {
  try {
    await question();
    return true;
  } catch {
    return false;
  }
}
