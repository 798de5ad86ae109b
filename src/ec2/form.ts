import { CloudError } from "../base/errors.ts";
import { type HttpRequest, textOf } from "./http.ts";
import { isAboutSigning, isPresigned } from "./signature/authorization.ts";
import { shorten } from "./wire/parameters.ts";

/**
 * The parameters of a request, as a form: in the body of a POST, in the query of a GET. A presigned POST may have them in
 * either (botocore puts all of them into the query), without what is about the signature.
 */
export function formOf(request: HttpRequest): string {
  const { method, body } = request;
  const presigned = isPresigned(request);
  if (method === "POST") {
    return [presigned ? formOfQuery(request) : "", textOf(body)].filter((part) => part !== "").join("&");
  }
  if (method === "GET") return formOfQuery(request);
  throw new CloudError("InvalidAction", `EC2 has no method ${shorten(method)}: use POST or GET.`);
}

function formOfQuery(request: HttpRequest): string {
  const presigned = isPresigned(request);
  const pairs = Object.entries(request.query)
    .filter(([name]) => !presigned || !isAboutSigning(name))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value ?? ""]).map((one): [string, string] => [name, one]),
    );
  return new URLSearchParams(pairs).toString();
}
