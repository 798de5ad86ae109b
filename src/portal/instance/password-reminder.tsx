import Alert from "@cloudscape-design/components/alert";
import type { Instance } from "../../api/types.ts";
import { ResourceLink } from "../routing/links.tsx";
import { MAX_PASSWORD_DAYS, oldPasswordDays } from "./password-age.ts";

/** Reminds of passwords that are to be changed (F64): of one instance, or of those of a list. */
export function PasswordReminder({ instances, isList = false }: { instances: readonly Instance[]; isList?: boolean }) {
  const now = Date.now();
  const old = instances.filter((instance) => oldPasswordDays(instance, now) !== null);
  const [first] = old;
  if (first === undefined) return null;
  const how = "Stop the instance, then choose another one: Actions, Modify.";
  return isList ? (
    <Alert type="warning" header={`Passwords are older than ${MAX_PASSWORD_DAYS} days`}>
      {old.map(({ id, name }, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <ResourceLink page="instances" id={id}>
            {name || id}
          </ResourceLink>
        </span>
      ))}
      {". "}
      {how}
    </Alert>
  ) : (
    <Alert type="warning" header={`The password is ${oldPasswordDays(first, now)} days old`}>
      {how}
    </Alert>
  );
}
