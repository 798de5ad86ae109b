// The portal over a pretended cloud, for looking at its pages: `vite dev`, then /portal/testing/. Never built.
import { CloudError } from "../../base/errors.ts";
import { mountPortal } from "../index.tsx";
import { FakeCloud } from "./fake-cloud.ts";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
const failWith = new URLSearchParams(location.search).get("fail");
let tries = 0;

mountPortal(root, async () => {
  if (failWith !== null && tries++ === 0) throw new CloudError(failWith, "It was asked to fail.");
  const cloud = new FakeCloud();
  Object.assign(globalThis, { tabvisor: cloud });
  return cloud;
});
