import Link from "@cloudscape-design/components/link";
import { Fragment } from "react";
import { formatRoute } from "../routing/route.ts";
import type { Words } from "./words.ts";

/** A sentence whose names are links. */
export function Sentence({ words }: { words: Words }) {
  return (
    <>
      {words.map((word, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence have nothing else.
        <Fragment key={at}>
          {typeof word === "string" ? word : <Link href={formatRoute(word.route)}>{word.text}</Link>}
        </Fragment>
      ))}
    </>
  );
}
