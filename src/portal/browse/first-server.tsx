import Link from "@cloudscape-design/components/link";
import type { Instance } from "../../api/types.ts";
import { connectRoute } from "../connect/connect-button.tsx";
import { formatRoute } from "../routing/route.ts";

/** How there is a first web server: BusyBox has one. */
export function FirstServer({ instance, port }: { instance: Instance; port: number }) {
  return (
    <>
      For a first try, in a <Link href={formatRoute(connectRoute(instance))}>session</Link>:{" "}
      <code>{`mkdir www; echo Hello > www/index.html; sudo httpd -p ${port} -h www`}</code>
    </>
  );
}
