import { expect, it } from "vitest";
import { FakeAccess } from "../testing/fake-access.ts";
import { keepIdentity } from "./kept-identity.ts";

/** A tab's storage, as one reload after the other finds it. */
function tabStorage() {
  const items = new Map<string, string>();
  return {
    items,
    open: () => ({
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => void items.set(name, value),
      removeItem: (name: string) => void items.delete(name),
    }),
  };
}

it("F61 a tab stays signed in over a reload, by the id of its key alone", async () => {
  const { items, open } = tabStorage();
  const before = new FakeAccess();
  const session = await keepIdentity(before, open);
  await before.signIn({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "hidden" });
  expect([...items.values()]).toEqual(["AKIAEXAMPLE"]);
  session.dispose();

  const after = new FakeAccess();
  expect((await keepIdentity(after, open)).refused).toBeUndefined();
  expect(after.identity).toMatchObject({ userName: "alice", accessKeyId: "AKIAEXAMPLE" });
  after.signOut();
  expect(items.size).toBe(0);
});

it("F61 a tab whose key is no longer good is the root user's, and says why", async () => {
  const { items, open } = tabStorage();
  items.set("tabvisor.access-key-id", FakeAccess.INACTIVE_KEY);
  const access = new FakeAccess();
  expect((await keepIdentity(access, open)).refused).toMatchObject({ code: "AuthFailure" });
  expect(access.identity.accessKeyId).toBe("");
  expect(items.size).toBe(0);
});

it("F61 a browser that keeps nothing for the page lets one sign in all the same", async () => {
  const access = new FakeAccess();
  await keepIdentity(access, () => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  });
  await access.signIn({ accessKeyId: "AKIAEXAMPLE" });
  expect(access.identity.userName).toBe("alice");
});
