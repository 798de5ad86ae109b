import { Emitter } from "../../base/event.ts";
import type { LaunchRequest } from "../launch-request.ts";
import type { Backend } from "./backend.ts";
import { type Instance, InstanceHandle } from "./facade.ts";

/** The instances as a tab's cloud shows them: one object each, which stays the same when the backend changes. */
export class InstancesFacade {
  readonly #backend: () => Backend;
  readonly #whole: () => Backend;
  readonly #handles = new Map<string, InstanceHandle>();
  readonly #changed = new Emitter<void>();
  #lettingGo = false;
  readonly onChange = this.#changed.event;

  /** `backend`: as whoever works here has it; `whole`: with the instances of all accounts. */
  constructor(backend: () => Backend, whole: () => Backend) {
    this.#backend = backend;
    this.#whole = whole;
  }

  async launch(request: LaunchRequest): Promise<Instance[]> {
    const target = { resource: "instances", id: null, method: "launch" };
    const ids = (await this.#backend().call(target, [request])) as string[];
    return ids.map((id) => this.get(id));
  }

  get(id: string): Instance {
    this.#backend().get("instances", id);
    return this.#handle(id).instance;
  }

  list(): Instance[] {
    const ids = this.#backend()
      .list("instances")
      .map(({ id }) => id);
    return ids.map((id) => this.#handle(id).instance);
  }

  /** Something has changed: what is no longer there is let go of, once for all that changes in one go. */
  changed(): void {
    if (!this.#lettingGo) {
      this.#lettingGo = true;
      queueMicrotask(() => this.#letGo());
    }
    this.#changed.fire();
  }

  /** The backend is another one. */
  rebind(): void {
    for (const [id, handle] of this.#handles) {
      const source = this.#backend().instance(id);
      if (source !== undefined) handle.bind(source);
    }
    this.changed();
  }

  #letGo(): void {
    this.#lettingGo = false;
    const ids = new Set(
      this.#whole()
        .list("instances")
        .map(({ id }) => id),
    );
    for (const [id, handle] of this.#handles) {
      if (ids.has(id)) continue;
      handle.dispose();
      this.#handles.delete(id);
    }
  }

  #handle(id: string): InstanceHandle {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    const source = this.#backend().instance(id);
    if (source === undefined) throw new TypeError(`the list has '${id}', but there is no such instance`);
    const handle = new InstanceHandle(source, this.#backend);
    this.#handles.set(id, handle);
    return handle;
  }
}
