import type { Clock } from "../../base/clock.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { type HttpServerConnection, serveHttp } from "../http/server.ts";
import { type IdentitySigner, identityDocument } from "./identity.ts";
import type { MetadataModel } from "./model.ts";
import { LONGEST_TTL, MetadataTokens } from "./tokens.ts";
import { listingOf, metadataTree, nodeAt } from "./tree.ts";

export interface MetadataServiceOptions {
  readonly clock: Clock;
  /** 32 bytes that session tokens are made with. */
  readonly secret: Uint8Array;
  readonly signer: Pick<IdentitySigner, "sign">;
}

/** Dates of the versions that EC2 knows; all show the same here. */
const VERSIONS = [
  "1.0",
  ..."2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15 2008-02-01 2008-09-01 2009-04-04".split(" "),
  ..."2011-01-01 2011-05-01 2012-01-12 2014-02-25 2014-11-05 2015-10-20 2016-04-19 2016-06-30".split(" "),
  ..."2016-09-02 2018-03-28 2018-08-17 2018-09-24 2019-10-01 2020-10-27 2021-01-03 2021-03-23".split(" "),
  ..."2021-07-15 2022-09-24 2024-04-11".split(" "),
  "latest",
];

const TOKEN = "x-aws-ec2-metadata-token";
const TTL = "x-aws-ec2-metadata-token-ttl-seconds";

/** The instance metadata service (F13; rules in SPEC.md, M…): an instance's request, and what is told it. */
export class MetadataService {
  readonly #options: MetadataServiceOptions;
  readonly #tokens: MetadataTokens;

  constructor(options: MetadataServiceOptions) {
    this.#options = options;
    this.#tokens = new MetadataTokens(options.secret, () => options.clock.now());
  }

  /** Serves one connection of an instance until it ends. `instance`: what is known of it at each request. */
  async serve(connection: HttpServerConnection, instance: () => MetadataModel | undefined): Promise<void> {
    await serveHttp(
      connection,
      (request) => {
        const known = instance();
        return known === undefined ? page(404) : this.handle(request, known);
      },
      { clock: this.#options.clock, headers: [["Server", "EC2ws"]] },
    );
  }

  async handle(request: HttpRequest, instance: MetadataModel): Promise<HttpResponse> {
    if (instance.options.httpEndpoint === "disabled") return page(403);
    const path = pathOf(request.target);
    if (path === undefined) return page(400);
    if (request.method === "PUT") return this.#giveToken(request, path, instance);
    if (request.method !== "GET" && request.method !== "HEAD") return page(405);
    const token = request.headers.get(TOKEN);
    const left = token === null ? 0 : this.#tokens.secondsLeft(instance.instanceId, token);
    // A token that is wrong is refused also where none is needed (EC2 User Guide, "Retrieve instance metadata").
    if (left === 0 && (token !== null || instance.options.httpTokens === "required")) return page(401);
    const answer = await this.#answer(path, instance);
    if (token === null) return answer;
    return { ...answer, headers: [...(answer.headers ?? []), [TTL, String(left)]] };
  }

  #giveToken(request: HttpRequest, path: readonly string[], instance: MetadataModel): HttpResponse {
    const [version = "", ...rest] = path;
    if (rest.join("/") !== "api/token" || !VERSIONS.includes(version)) return page(405);
    // A proxy that passes on what it is told would give tokens to strangers.
    if (version !== "latest" || request.headers.has("x-forwarded-for")) return page(403);
    const ttl = request.headers.get(TTL) ?? "";
    const seconds = /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0;
    if (seconds < 1 || seconds > LONGEST_TTL) return page(400);
    const token = this.#tokens.issue(instance.instanceId, seconds);
    return { ...plain(token), headers: [...PLAIN, [TTL, ttl]], hopLimit: instance.options.httpPutResponseHopLimit };
  }

  async #answer(path: readonly string[], instance: MetadataModel): Promise<HttpResponse> {
    const [version, category, ...rest] = path;
    if (version === undefined) return plain(VERSIONS.join("\n"));
    if (!VERSIONS.includes(version)) return page(404);
    if (category === undefined) {
      return plain(["dynamic", "meta-data", ...(instance.userData === undefined ? [] : ["user-data"])].join("\n"));
    }
    if (category === "meta-data") return metadataAt(rest, instance);
    if (category === "dynamic") return await this.#dynamicAt(rest, instance);
    if (category === "user-data" && rest.length === 0 && instance.userData !== undefined) {
      return { status: 200, headers: [["Content-Type", "application/octet-stream"]], body: instance.userData };
    }
    if (category === "api" && rest.join("/") === "token") return page(405);
    return page(404);
  }

  async #dynamicAt(path: readonly string[], instance: MetadataModel): Promise<HttpResponse> {
    const document = identityDocument(instance);
    switch (path.join("/")) {
      case "":
        return plain("instance-identity/");
      case "instance-identity":
        return plain("document\npkcs7\nrsa2048\nsignature");
      case "instance-identity/document":
        return plain(document);
      case "instance-identity/signature":
        return plain((await this.#options.signer.sign(document)).signature);
      case "instance-identity/pkcs7":
      case "instance-identity/rsa2048":
        return plain((await this.#options.signer.sign(document)).pkcs7);
      default:
        return page(404);
    }
  }
}

function metadataAt(path: readonly string[], instance: MetadataModel): HttpResponse {
  const node = nodeAt(metadataTree(instance), path);
  if (node === undefined) return page(404);
  return plain(typeof node === "string" ? node : listingOf(node, path, instance.publicKey?.name));
}

/** The parts of a path, decoded; however many slashes are between them and at the end. Undefined: it is no path. */
function pathOf(target: string): string[] | undefined {
  const [path = ""] = target.replace(/^https?:\/\/[^/?]*/i, "").split("?");
  try {
    return path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

const PLAIN: readonly (readonly [string, string])[] = [["Content-Type", "text/plain"]];

const plain = (content: string): HttpResponse => ({
  status: 200,
  headers: PLAIN,
  body: new TextEncoder().encode(content),
});

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
};

/** EC2's own page. */
const page = (status: number): HttpResponse => ({
  status,
  headers: [["Content-Type", "text/html"]],
  body: new TextEncoder().encode(`<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${status} - ${TITLES[status]}</title>
 </head>
 <body>
  <h1>${status} - ${TITLES[status]}</h1>
 </body>
</html>
`),
});
