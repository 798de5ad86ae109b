import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";

export function Loading({ text }: { text: string }) {
  return (
    <Box padding={{ vertical: "xxl" }} color="text-body-secondary">
      <span role="status">
        <Spinner /> {text}
      </span>
    </Box>
  );
}
