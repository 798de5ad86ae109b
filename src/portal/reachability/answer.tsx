import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Reachability, ReachabilityPath } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Sentence } from "./sentence.tsx";
import { Verdict } from "./verdict.tsx";
import { outcomeWords, reasonWords, stepWords } from "./words.ts";

/** What was found: in a sentence, and hop by hop. */
export function Answer({ reachability }: { reachability: Reachability }) {
  const { cloud } = usePortal();
  const { reachable, forward, back } = reachability;
  return (
    <SpaceBetween size="l">
      <Alert type={reachable ? "success" : "error"} header={reachable ? "Reachable" : "Not reachable"}>
        <Sentence words={reasonWords(cloud, reachability)} />
      </Alert>
      <Container header={<Header variant="h2">Hop by hop</Header>}>
        <ColumnLayout columns={back === undefined ? 1 : 2}>
          <Way title="There" path={forward} />
          {back !== undefined && <Way title="And the answer" path={back} />}
        </ColumnLayout>
      </Container>
    </SpaceBetween>
  );
}

function Way({ title, path }: { title: string; path: ReachabilityPath }) {
  const { cloud } = usePortal();
  const { outcome, steps, from, to } = path;
  const stops = (at: number) => !outcome.arrived && at === steps.length - 1;
  return (
    <div>
      <Box variant="h3">
        {title}: from {from} to {to}
      </Box>
      <ol style={{ paddingInlineStart: "1.6em" }}>
        {steps.map((step, at) => {
          const isStop = step.kind === "verdict" ? !step.verdict.accept : stops(at);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same may decide twice.
            <li key={at}>
              <Verdict good={!isStop}>
                <Sentence words={stepWords(cloud, step)} />
              </Verdict>
            </li>
          );
        })}
        <li>
          <Verdict good={outcome.arrived}>
            <Sentence words={outcomeWords(cloud, path)} />
          </Verdict>
        </li>
      </ol>
    </div>
  );
}
