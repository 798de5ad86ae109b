import type { CloudError } from "../base/errors.ts";

/** What stands in a guest's place when it has not answered: as a proxy says it (RFC 9110 §15.6.3). */
export function failurePage({ code, message }: CloudError, isPage: boolean): Response {
  const init = (type: string) => ({ status: 502, statusText: "Bad Gateway", headers: { "Content-Type": type } });
  if (!isPage) return new Response(`${code}: ${message}\n`, init("text/plain; charset=utf-8"));
  return new Response(
    `<!doctype html><meta charset="utf-8"><title>No answer</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:36em;padding:0 1em;color:#424650}code{color:#656871}</style>
<h1>No answer</h1><p>${escapeHtml(message)}</p><p><code>${escapeHtml(code)}</code></p>`,
    init("text/html; charset=utf-8"),
  );
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
