import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Form from "@cloudscape-design/components/form";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TagEditor from "@cloudscape-design/components/tag-editor";
import { type FormEvent, useState } from "react";
import { toCloudError } from "../../base/errors.ts";
import { Price } from "../billing/price.tsx";
import { ShowCommands } from "../command/show-commands.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import { NumberField, TextField } from "../resources/fields.tsx";
import { refusalText } from "../resources/refusal.ts";
import { formatRoute, navigate } from "../routing/route.ts";
import { Page } from "../shell/page.tsx";
import { AdvancedFields } from "./advanced-fields.tsx";
import { ImageField } from "./image-field.tsx";
import { KeyField } from "./key-field.tsx";
import {
  EMPTY,
  fieldOf,
  type LaunchErrors,
  type LaunchFields,
  toRequest,
  validate,
  withoutPassword,
} from "./launch-form.ts";
import { NetworkFields } from "./network-fields.tsx";
import { StorageFields } from "./storage-fields.tsx";
import { TypeField } from "./type-field.tsx";

export default function LaunchPage({ id = "" }: { id?: string }) {
  const { cloud, notifications, preloadInstancePage } = usePortal();
  const images = useImages()?.filter(({ state }) => state === "available") ?? null;
  const [fields, setFields] = useState<LaunchFields>({ ...EMPTY, image: id });
  const [errors, setErrors] = useState<LaunchErrors>({});
  const [launching, setLaunching] = useState(false);

  const image = images?.find((one) => one.id === fields.image) ?? images?.[0];
  const filled = { ...fields, image: image?.id ?? "" };
  const request = image === undefined || Object.keys(validate(filled)).length > 0 ? null : toRequest(filled, image);
  const set = (change: Partial<LaunchFields>) => {
    setFields({ ...fields, ...change });
    // A field that is being mended is judged again when the form is sent.
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))));
  };

  const launch = async () => {
    const found = validate(filled);
    setErrors(found);
    if (request === null) return;
    setLaunching(true);
    preloadInstancePage();
    try {
      const instances = await cloud.instances.launch(request);
      const [first] = instances;
      if (instances.length === 1 && first) navigate({ page: "instances", id: first.id });
      else navigate({ page: "instances" });
    } catch (thrown) {
      const error = toCloudError(thrown);
      const field = fieldOf(error.code, error.details);
      if (field === undefined) notifications.showError("Could not launch", error);
      else setErrors({ [field]: refusalText(error) });
    } finally {
      setLaunching(false);
    }
  };

  return (
    <Page title="Launch instances" description="Each is a Linux machine with a disk of its own, in this tab.">
      <form
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void launch();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" href={formatRoute({ page: "instances" })}>
                Cancel
              </Button>
              <Button variant="primary" loading={launching} loadingText="Launching" disabled={images === null}>
                Launch
              </Button>
            </SpaceBetween>
          }
        >
          <Container>
            <SpaceBetween size="l">
              <ImageField
                images={images}
                chosen={image}
                error={errors.image}
                onChoose={(chosen) => set({ image: chosen })}
              />
              <TypeField
                type={fields.type}
                description="Memory and processor share."
                image={image}
                error={errors.type}
                onChange={(type) => set({ type })}
              />
              <TextField
                label={optional("Name")}
                description="To tell it from others."
                error={errors.name}
                value={fields.name}
                placeholder="web-1"
                onChange={(name) => set({ name })}
              />
              <NumberField
                label="Number of instances"
                error={errors.count}
                value={fields.count}
                step={1}
                onChange={(count) => set({ count })}
              />
              <KeyField keyName={fields.keyName} error={errors.keyName} onChange={(keyName) => set({ keyName })} />
              <NetworkFields fields={fields} errors={errors} onChange={set} />
              <StorageFields image={image} fields={fields} errors={errors} onChange={set} />
              <ExpandableSection headerText="Tags">
                <TagEditor
                  tags={fields.tags}
                  tagLimit={49}
                  keysRequest={async () => []}
                  valuesRequest={async () => []}
                  onChange={({ detail }) => set({ tags: detail.tags })}
                />
              </ExpandableSection>
              <AdvancedFields image={image} fields={fields} errors={errors} onChange={set} />
              <Price of={request === null ? null : { launch: request }} />
              {request !== null && (
                <ShowCommands calls={[{ member: "instances.launch", args: [withoutPassword(request)] }]} />
              )}
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </Page>
  );
}

function optional(label: string) {
  return (
    <>
      {label} <i>– optional</i>
    </>
  );
}
