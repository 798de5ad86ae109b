import Checkbox from "@cloudscape-design/components/checkbox";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";

const DAY_MS = 86_400_000;
const dayOf = (time: Date) => time.toISOString().slice(0, 10);

/** From when on an image is deprecated. */
export function DeprecateImage({ image, onClose }: { image: Image; onClose: () => void }) {
  const { cloud } = usePortal();
  const [on, setOn] = useState(true);
  const [day, setDay] = useState(dayOf(image.deprecationTime ?? new Date(Date.now() + 365 * DAY_MS)));
  const time = on && day !== "" ? new Date(`${day}T00:00:00Z`) : null;
  return (
    <Dialog
      title={`Deprecate ${image.name}`}
      submit="Save"
      disabled={on && time === null}
      onSubmit={() => cloud.images.setDeprecation(image.id, time)}
      calls={[{ member: "images.setDeprecation", args: [image.id, time] }]}
      onClose={onClose}
    >
      <Checkbox
        checked={on}
        description="Others find it only when they ask for deprecated images. It can be launched all the same."
        onChange={({ detail }) => setOn(detail.checked)}
      >
        Deprecated from a day on
      </Checkbox>
      {on && (
        <FormField label="Day" description="From its beginning, UTC; tomorrow at the earliest.">
          <DatePicker
            value={day}
            openCalendarAriaLabel={(selected) => `Choose a day${selected === null ? "" : `, chosen: ${selected}`}`}
            isDateEnabled={(date) => date.getTime() > Date.now()}
            onChange={({ detail }) => setDay(detail.value)}
          />
        </FormField>
      )}
    </Dialog>
  );
}
