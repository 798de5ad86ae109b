import type { Identity } from "../access/access-info.ts";
import type { CallerBackend, SignInRequest } from "./caller-backend.ts";
import type { Facade } from "./facade.ts";

/** What a tab has of users and policies: IAM's calls, and who works here. */
export type AccessFacade = Omit<Facade<"access">, "verifyCredentials" | "deniedReads"> & {
  /** Who this tab works as: the default account's root user at first. It ends with the page. */
  readonly identity: Identity;
  signIn(request: SignInRequest): Promise<Identity>;
  resume(accessKeyId: string): Promise<Identity>;
  signOut(): void;
};

export function accessFacade(calls: Facade<"access">, caller: CallerBackend): AccessFacade {
  const own: PropertyDescriptorMap = {
    identity: { enumerable: true, get: () => caller.identity },
    signIn: { enumerable: true, value: (request: SignInRequest) => caller.signIn(request) },
    resume: { enumerable: true, value: (accessKeyId: string) => caller.resume(accessKeyId) },
    signOut: { enumerable: true, value: () => caller.signOut() },
  };
  return Object.defineProperties(calls, own) as unknown as AccessFacade;
}
