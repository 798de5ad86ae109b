import { localTemplate } from "../../frame/addresses.ts";

/** The template of the addresses at which guests' web pages are shown; undefined where there are none. */
export function framesTemplate(): string | undefined {
  const configured = document.querySelector<HTMLMetaElement>('meta[name="tabvisor-frames"]')?.content ?? "";
  return configured === "" ? localTemplate(new URL(location.href)) : configured;
}
